"""A NUL in what people send is refused before anything looks at it: PostgreSQL could not even be asked for it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.browser import ORIGIN, Browser

DOORS = ("account.", "login.", "admin.")


def rules(app: Flask) -> Iterator[Rule]:
    """Every page for people."""
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(DOORS))


def test_in_a_query_it_is_refused_by_every_page(app: Flask) -> None:
    client = app.test_client()
    for rule in rules(app):
        if "GET" in (rule.methods or ()) and not rule.arguments:
            assert client.get(f"{rule.rule}?x=a%00", base_url=ORIGIN).status_code == 400, rule.rule


def test_in_a_form_it_is_refused_by_every_page(app: Flask, browser: Browser) -> None:
    browser.get("/u/login")
    token = browser.forms[0].fields["csrf_token"]
    for rule in rules(app):
        if "POST" in (rule.methods or ()):
            assert browser.post(rule.rule, {"csrf_token": token, "x": "a\0"}).status_code == 400, rule.rule


@pytest.mark.parametrize("path", ["/pictures/%00", "/pictures/" + "a" * 31 + "%00"])
def test_in_a_path_it_is_refused(app: Flask, path: str) -> None:
    assert app.test_client().get(path, base_url=ORIGIN).status_code == 400


def test_the_page_has_a_way_on_and_a_reference(browser: Browser) -> None:
    page = browser.get("/u/login?state=%00")
    assert page.headers["X-Request-Id"] in page.get_data(as_text=True)
    assert browser.links
