"""Which issuer and which address come of the options and the settings."""

import pytest

from idp.cli.listening import Wish, choose
from idp.cli.refusals import Refused
from idp.config import read_settings, remember_start, with_secret


@pytest.mark.parametrize(
    ("wish", "issuer", "host"),
    [
        (Wish(), "http://localhost:8000/", "127.0.0.1"),
        (Wish(port=9000), "http://localhost:9000/", "127.0.0.1"),
        (Wish(port=80), "http://localhost/", "127.0.0.1"),
        (Wish(tls=True), "https://localhost:8443/", "127.0.0.1"),
        (Wish(tls=True, port=443), "https://localhost/", "127.0.0.1"),
        (Wish(tls=True, host="login.test"), "https://login.test:8443/", "0.0.0.0"),
        (Wish(tls=True, host="Login.Test.", port=443), "https://login.test/", "0.0.0.0"),
        (Wish(tls=True, host="192.0.2.7"), "https://192.0.2.7:8443/", "192.0.2.7"),
        (Wish(tls=True, host="0.0.0.0"), "https://localhost:8443/", "0.0.0.0"),
        (Wish(tls=True, host="::1"), "https://localhost:8443/", "::1"),
    ],
)
def test_the_issuer_follows_the_options(folder, wish, issuer, host):
    plan = choose(wish)
    assert (plan.settings.issuer, plan.settings.host) == (issuer, host)
    remember_start(plan.settings)
    assert read_settings().issuer == issuer, "what a command beside it takes for the issuer"
    assert with_secret(read_settings()).secret_key == with_secret(plan.settings).secret_key


def test_an_issuer_that_is_set_stands(folder, monkeypatch):
    monkeypatch.setenv("IDP_ISSUER", "https://login.example.com/")
    monkeypatch.setenv("IDP_SECRET_KEY", "3fK9-zQ71xVtLm02_rUwYhBn4sDpEcGj")
    assert choose(Wish(port=9000)).settings.issuer == "https://login.example.com/"
    assert choose(Wish(port=9000, tls=True)).settings.issuer == "https://login.example.com/"


def test_a_port_of_the_settings_is_in_the_issuer_too(folder, monkeypatch):
    monkeypatch.setenv("IDP_PORT", "9100")
    assert choose(Wish()).settings.issuer == "http://localhost:9100/"


def test_plain_http_off_loopback_is_for_a_proxy_that_is_named(folder, monkeypatch):
    monkeypatch.setenv("IDP_HOST", "0.0.0.0")
    with pytest.raises(Refused, match="plain http"):
        choose(Wish())
    monkeypatch.setenv("IDP_TRUSTED_PROXIES", "10.0.0.0/8")
    assert choose(Wish()).own_url == "http://127.0.0.1:8000"


def test_an_http_issuer_is_not_served_by_tls(folder, monkeypatch):
    monkeypatch.setenv("IDP_ISSUER", "http://localhost:8000/")
    with pytest.raises(Refused, match="IDP_ISSUER"):
        choose(Wish(tls=True))


@pytest.mark.parametrize("port", ["nonsense", "0", "70000"])
@pytest.mark.parametrize("tls", [False, True])
def test_a_port_that_is_none_is_told_with_all_other_faults(idp, folder, monkeypatch, port, tls):
    wrong = {
        "PORT": port,
        "SECRET_KEY": "short",
        "HOST": ":x",
        "THREADS": "none",
        "REDIS_URL": "x",
        "HOSST": "",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(f"IDP_{name}", value)
    done = idp("start", *(["--tls"] if tls else []))
    assert done.exit_code == 1
    told = sorted(line.split(":")[1].strip() for line in done.stderr.splitlines())
    assert told == sorted(f"IDP_{name}" for name in wrong)
    assert list(folder.iterdir()) == []
