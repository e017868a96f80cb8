"""Who the client is behind proxies: what the last of them that is ours was told, nothing that the client made up."""

import pytest
from flask import Flask

from idp.web.request_facts import client_address


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:99", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.9:4711, 10.0.0.2:80", "203.0.113.9"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_last_hop_that_is_none_of_ours(
    app: Flask, monkeypatch: pytest.MonkeyPatch, forwarded: str, client: str
) -> None:
    behind = app.config["IDP"].model_copy(update={"trusted_proxies": ("10.0.0.0/8",)})
    monkeypatch.setitem(app.config, "IDP", behind)
    facts = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}
    with app.test_request_context(environ_overrides=facts):
        assert client_address() == client


def test_who_is_no_proxy_of_ours_says_nothing(app: Flask) -> None:
    facts = {"REMOTE_ADDR": "198.51.100.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    with app.test_request_context(environ_overrides=facts):
        assert client_address() == "198.51.100.1"
