"""`idp branding`: set, shown, taken away; what cannot be used is refused in a plain line, and nothing of it is kept."""

import io

import pytest
from PIL import Image

FIELDS = ["name", "logo", "logo_dark", "favicon", "color", "background", "radius", "website", "terms", "privacy"]
FIELDS += ["support"]


@pytest.fixture(autouse=True)
def database(idp):
    assert idp("database", "upgrade").exit_code == 0


@pytest.fixture
def logo(folder):
    into = io.BytesIO()
    Image.new("RGB", (300, 100), "#0a58ca").save(into, "PNG")
    (folder / "logo.png").write_bytes(into.getvalue())
    return "logo.png"


def values(printed):
    return {name: printed[name] for name in FIELDS if printed[name] is not None}


def test_what_is_set_is_shown_and_the_rest_stays(idp_json, logo):
    made = idp_json("branding", "set", "--name", "Acme", "--logo", logo, "--color", "#FD0", "--radius", "0")
    assert made["logo"].startswith("/brand/")
    assert "white could not be read on #ffdd00" in " ".join(made["adjusted"])
    changed = idp_json("branding", "set", "--color", "#0a58ca", "--terms", "https://acme.example/terms")
    assert changed == idp_json("branding", "show")
    assert values(changed) == {
        "name": "Acme",
        "logo": made["logo"],
        "color": "#0a58ca",
        "radius": 0,
        "terms": "https://acme.example/terms",
    }
    assert changed["adjusted"] == []


def test_values_are_taken_away_one_by_one_or_all_at_once(idp_json, logo):
    idp_json("branding", "set", "--name", "Acme", "--logo", logo, "--color", "#0a58ca")
    assert values(idp_json("branding", "set", "--name", "")).keys() == {"logo", "color"}
    assert values(idp_json("branding", "reset", "--only", "logo")).keys() == {"color"}
    assert values(idp_json("branding", "reset")) == {}


def test_an_app_has_values_of_its_own(idp_json, idp):
    client = idp_json("clients", "create", "--name", "App", "--kind", "spa")["client_id"]
    idp_json("branding", "set", "--color", "#0a58ca")
    made = idp_json("branding", "set", "--client", client, "--color", "#ffdd00")
    assert (made["client_id"], values(made)) == (client, {"color": "#ffdd00"})
    assert values(idp_json("branding", "show")) == {"color": "#0a58ca"}
    assert values(idp_json("branding", "reset", "--client", client)) == {}
    assert idp("branding", "show", "--client", "nobody").exit_code == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--color", "red"), ("--radius", "99"), ("--background", "url(x)"), ("--terms", "javascript:alert(1)")],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_kept(idp, idp_json, option, value):
    refused = idp("branding", "set", "--name", "Acme", option, value)
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1
    assert value in refused.stderr or "24" in refused.stderr
    assert values(idp_json("branding", "show")) == {}


def test_an_svg_is_refused_in_plain_words(idp, folder):
    (folder / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    refused = idp("branding", "set", "--logo", "logo.svg")
    assert refused.exit_code == 1
    assert "SVG" in refused.stderr
    assert "PNG" in refused.stderr
