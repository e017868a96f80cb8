"""/admin/branding: values and pictures, of all apps or of one; refused at the field, with what was typed."""

import io
import re

import pytest
from PIL import Image

from tests.support.browser import ORIGIN
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user

PATH = "/admin/branding"


@pytest.fixture
def console(app, browser):
    """An administrator's browser at the form."""
    make_user(app, is_admin=True)
    browser.get("/u/login")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get(PATH)
    return browser


def send(console, path=PATH, **values):
    console.get(path)
    form = next(each for each in console.forms if "color" in each.fields)
    files = {name: form.fields.pop(name, "") for name in ("logo", "logo_dark", "favicon")}
    data = {**form.fields, **dict.fromkeys(files, (io.BytesIO(), "")), **values}
    own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    return console._follow(console.client.post(form.action, base_url=ORIGIN, data=data, headers=own))


def png():
    into = io.BytesIO()
    Image.new("RGB", (300, 100), "#0a58ca").save(into, "PNG")
    return (io.BytesIO(into.getvalue()), "logo.png")


def value_of(page, name):
    [found] = re.findall(rf'name="{name}" type="text" value="([^"]*)"', page.text)
    return found


def test_what_is_saved_is_shown_and_worn(console):
    page = send(console, name="Acme", color="#ffdd00", logo=png())
    assert page.request.path == PATH
    assert "Saved." in page.text
    assert "white could not be read on #ffdd00" in page.text
    assert value_of(page, "name") == "Acme"
    assert "/picture.png" in page.text
    assert "Acme" in console.get("/u/login?switch=1").text
    assert "brand.css" in console.page.text
    assert "brand.css" not in console.get(PATH).text


def test_a_picture_stays_until_it_is_taken_away(console):
    send(console, logo=png())
    assert "/picture.png" in send(console, name="Acme").text
    assert "/picture.png" not in send(console, remove_logo="on").text


def test_a_field_left_empty_takes_its_value_away(console):
    send(console, color="#ffdd00")
    assert value_of(send(console, color=""), "color") == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("color", "red"), ("terms", "javascript:alert(1)"), ("logo", b"<svg><script/></svg>")],
)
def test_what_cannot_be_used_is_told_at_its_field_and_nothing_is_kept(console, name, value):
    sent = value if isinstance(value, str) else (io.BytesIO(value), "logo.png")
    page = send(console, **{"website": "https://acme.example/", name: sent})
    assert page.status_code == 422
    assert f'id="{name}-error"' in page.text
    assert value_of(page, "website") == "https://acme.example/"
    assert value_of(console.get(PATH), "website") == ""


def test_an_app_has_its_own(app, console):
    client = make_client(app, name="Fieldnotes")
    page = send(console, f"{PATH}?client={client.id}", color="#ffdd00")
    assert "The brand of Fieldnotes" in page.text
    assert value_of(page, "color") == "#ffdd00"
    assert value_of(console.get(PATH), "color") == ""


def test_an_app_of_a_third_party_is_refused(app, console):
    client = make_client(app, name="Stranger", is_third_party=True)
    page = send(console, f"{PATH}?client={client.id}", color="#ffdd00")
    assert page.status_code == 422
    assert "belongs to a third party" in page.text


def test_an_unknown_app_is_not_found(console):
    assert console.get(f"{PATH}?client=nobody").status_code == 404


def test_only_an_administrator_comes_here(app, browser):
    make_user(app)
    assert browser.get(PATH).request.path == "/u/login"
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    assert browser.get(PATH).status_code == 403


def test_a_form_from_elsewhere_changes_nothing(console):
    answer = console.client.post(
        PATH, base_url=ORIGIN, data={"name": "Evil"}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert value_of(console.get(PATH), "name") == ""


def test_a_background_is_one_of_a_list_or_a_colour(console):
    page = send(console, background="gradient")
    assert '<option value="gradient" selected>' in page.text
    page = send(console, background="own", background_own="#e8eefc")
    assert '<option value="own" selected>' in page.text
    assert value_of(page, "background_own") == "#e8eefc"
    assert '<option value="" selected>' in send(console, background="").text
