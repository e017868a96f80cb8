"""OAuth 2.0 Form Post Response Mode: the answer in a form that posts itself."""

import pytest

from tests.support.browser import Browser
from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import ISSUER

SPEC = "OAuth Form Post 1.0"
AWKWARD = """a b"c'd<script>alert(1)</script>&amp;%41+é"""


@pytest.fixture
def answer(app, protocol):
    protocol.sign_in()
    client = make_client(app)

    def send(**changes):
        browser = Browser(app)
        browser.page = protocol.authorize(client, response_mode="form_post", **changes)
        return browser

    return send


@pytest.mark.spec(SPEC, "2", "the answer is posted to the redirect URI as a form")
def test_the_answer_is_a_form_for_the_app(protocol, answer):
    browser = answer()
    (form,) = browser.forms
    assert (browser.page.status_code, form.method, form.action) == (200, "post", CALLBACK)
    assert set(form.fields) == {"code", "state", "iss", "session_state"}
    assert form.fields["iss"] == ISSUER


@pytest.mark.spec(SPEC, "2", "values are escaped for HTML, and arrive as they were")
def test_awkward_values_arrive_as_they_were(answer):
    browser = answer(state=AWKWARD)
    assert browser.forms[0].fields["state"] == AWKWARD
    assert "<script>alert" not in browser.page.text


@pytest.mark.spec(SPEC, "2", "errors are posted too")
def test_errors_are_posted_too(answer):
    fields = answer(scope='"').forms[0].fields
    assert (fields["error"], fields["state"]) == ("invalid_scope", "the state")


@pytest.mark.spec(SPEC, "2", "the page is not cached")
def test_nobody_keeps_the_page(answer):
    assert answer().page.headers["Cache-Control"] == "no-store"


@pytest.mark.spec(SPEC, "2", "the form may be sent to the app, and by it to where it likes, without inline scripts")
def test_the_policy_lets_the_form_go(answer):
    page = answer().page
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == "'self' https:"
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "onload" not in page.text


@pytest.mark.spec(SPEC, "2", "a user without scripts can press a button")
def test_there_is_a_button(answer):
    assert "<button" in answer().page.text
