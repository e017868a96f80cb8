"""The bare host is no dead end."""

from tests.support.factories import EMAIL, PASSWORD, make_user


def test_the_bare_host_leads_to_the_login_and_then_says_who_is_signed_in(app, browser):
    make_user(app)
    browser.get("/")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    browser.get("/")
    assert browser.page.status_code == 200
    assert EMAIL in browser.page.text
