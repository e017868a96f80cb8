"""Pages and mails wear the brand of the tenant, or of the app they are for; untouched they cost nothing more."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.exc import OperationalError

from idp.domain.branding import keeping
from idp.domain.branding.keeping import change_branding, parse_changes
from idp.domain.clients.looks import change_client_branding
from idp.domain.clients.queries import find_client
from idp.domain.clients.registration import update_client
from idp.domain.errors import InvalidInputError
from idp.domain.tenant.config_version import cache
from idp.domain.users import mails
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from idp.infra.jobs import list_kept
from idp.web.app_views import app_view
from idp.web.mails import render_mail
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import CALLBACK, EMAIL, App, make_client, make_user

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BLUE, YELLOW = "#0a58ca", "#ffdd00"


def picture(color: str, size: tuple[int, int] = (300, 100)) -> bytes:
    into = io.BytesIO()
    Image.new("RGBA", size, color).save(into, "PNG")
    return into.getvalue()


def brand(app: Flask, client: App | None = None, pictures: dict[str, bytes] | None = None, **values: str) -> None:
    with app.app_context(), unit_of_work():
        changes = parse_changes(values, pictures or {})
        change_branding(changes) if client is None else change_client_branding(client.id, changes)


def login_page(browser: Browser, client: App) -> str:
    page = browser.get(
        "/authorize",
        client_id=client.id,
        redirect_uri=CALLBACK,
        response_type="code",
        scope="openid",
        state="xyz",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )
    return page.get_data(as_text=True)


def links_to_brand(html: str) -> list[str]:
    return [url.replace("&amp;", "&") for url in re.findall(r'(?:href|src|srcset)="(/brand/[^"]+)"', html)]


def stylesheet(browser: Browser, html: str) -> str:
    [url] = [url for url in links_to_brand(html) if "brand.css" in url]
    return browser.get(url).get_data(as_text=True)


def test_an_untouched_page_asks_for_nothing_more(app: Flask, browser: Browser) -> None:
    html = login_page(browser, make_client(app))
    assert "/brand/" not in html
    assert "Example Login" in html
    assert "favicon.svg" in html


def test_a_tenants_brand_is_on_every_page_but_the_console(app: Flask, browser: Browser) -> None:
    brand(
        app,
        None,
        {"logo": picture(BLUE), "logo_dark": picture("#cccccc"), "favicon": picture(BLUE, (64, 64))},
        name="Acme",
        color=BLUE,
        radius="3",
        terms="https://acme.example/terms",
        support="mailto:help@acme.example",
    )
    for html in (login_page(browser, make_client(app)), browser.get("/u/login").get_data(as_text=True)):
        assert f"--brand: {BLUE}" in stylesheet(browser, html)
        assert "--radius: 3px" in stylesheet(browser, html)
        assert "Acme" in html
        assert "Example Login" not in html
        assert "https://acme.example/terms" in html
        assert "mailto:help@acme.example" in html
        assert re.search(r'<img class="logo" src="/brand/\w{64}/picture.png" width="168" height="56" alt="">', html)
        assert '<source srcset="/brand/' in html
        assert re.search(r'<link rel="icon" href="/brand/\w{64}/picture.png">', html)
        assert all(browser.get(url).status_code == 200 for url in links_to_brand(html))
    mailbox = browser.get("/dev/mailbox").get_data(as_text=True)
    assert "/brand/" not in mailbox
    assert "Acme" in mailbox


def test_a_tenants_links_are_where_people_are_stuck(app: Flask, browser: Browser) -> None:
    brand(app, None, name="Acme", terms="https://acme.example/terms", support="https://acme.example/help")
    for path in ("/nowhere", "/authorize?client_id=nobody", "/u/reset-password?ticket=old", "/account/deleted"):
        html = browser.get(path).get_data(as_text=True)
        assert "https://acme.example/terms" in html
        assert "https://acme.example/help" in html
        assert "provider-glyph" not in html
    assert "We do not know the app" in browser.get("/authorize?client_id=nobody").get_data(as_text=True)


def test_terms_are_said_to_be_those_of_their_owner(app: Flask) -> None:
    brand(app, None, name="Acme", terms="https://acme.example/terms", privacy="https://acme.example/privacy")
    plain, own = make_client(app, name="Plain"), make_client(app, name="Own")
    brand(app, own, terms="https://own.example/terms")
    with app.test_request_context():
        views = [app_view(client) for each in (plain, own) if (client := find_client(each.id)) is not None]
    assert [view.terms_by for view in views] == ["Acme", None]


def test_an_app_has_its_own_over_the_tenants(app: Flask, browser: Browser) -> None:
    brand(app, None, {"logo": picture(BLUE)}, color=BLUE, radius="3", terms="https://acme.example/terms")
    own, plain = make_client(app), make_client(app, name="Plain")
    brand(app, own, {"logo": picture(YELLOW)}, name="Sunny", color=YELLOW, terms="https://sunny.example/terms")
    html = login_page(browser, own)
    assert "Sign in to <em>Sunny</em>" in html
    assert f"--brand: {YELLOW}" in stylesheet(browser, html)
    assert "--radius: 3px" in stylesheet(browser, html)
    assert "https://sunny.example/terms" in html
    assert "https://acme.example/terms" not in html
    logos = [url for url in links_to_brand(html) if "picture" in url]
    assert len(set(logos)) == 2  # the app's above, ours below
    other = login_page(browser, plain)
    assert f"--brand: {BLUE}" in stylesheet(browser, other)
    assert "Sign in to <em>Plain</em>" in other


def test_what_an_app_takes_away_is_the_tenants_again(app: Flask, browser: Browser) -> None:
    client = make_client(app)
    brand(app, client, color=YELLOW)
    assert YELLOW in stylesheet(browser, login_page(browser, client))
    brand(app, client, color="")
    assert "/brand/" not in login_page(browser, client)


def test_an_app_of_a_third_party_cannot_dress_the_page(app: Flask, browser: Browser) -> None:
    brand(app, None, {"logo": picture(BLUE)}, color=BLUE, terms="https://acme.example/terms")
    stranger = make_client(app, name="Stranger", is_third_party=True)
    with pytest.raises(InvalidInputError, match="third party"):
        brand(app, stranger, color=YELLOW)
    client = make_client(app, name="Was ours")
    brand(app, client, {"logo": picture(YELLOW)}, name="Acme Admin", color=YELLOW)
    from_ours_to_theirs(app, client)
    for each in (stranger, client):
        html = login_page(browser, each)
        assert f"--brand: {BLUE}" in stylesheet(browser, html)
        assert "Acme Admin" not in html
        assert 'class="logo"' not in html  # nor does it borrow our mark
        assert "https://acme.example/terms" not in html


def from_ours_to_theirs(app: Flask, client: App) -> None:
    with app.app_context(), unit_of_work():
        update_client(client.id, is_third_party=True)


def test_the_stylesheet_may_be_kept_for_ever_and_its_address_changes(app: Flask, browser: Browser) -> None:
    client = make_client(app)
    urls = []
    for color in (BLUE, YELLOW):
        brand(app, color=color)
        [url] = links_to_brand(login_page(browser, client))
        urls.append(url)
        answer = browser.get(url)
        assert answer.content_type == "text/css; charset=utf-8"
        assert "immutable" in answer.headers["Cache-Control"]
    assert urls[0] != urls[1]
    late = browser.get(urls[0])
    assert YELLOW in late.get_data(as_text=True)
    assert late.headers["Cache-Control"] == "no-cache"


def test_a_picture_has_no_rights(app: Flask, browser: Browser) -> None:
    brand(app, None, {"logo": picture(BLUE)})
    [url] = set(links_to_brand(browser.get("/u/login").get_data(as_text=True)))
    answer = browser.get(url)
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    for path in (url.replace(".png", ".jpg"), url.replace(".png", ".html"), url[:-20] + "x/picture.png", "/brand/x/x"):
        assert browser.get(path).status_code == 404


def test_the_policy_stays_as_strict(app: Flask, browser: Browser) -> None:
    brand(app, None, {"logo": picture(BLUE)}, color=YELLOW, background="gradient")
    login_page(browser, make_client(app))
    policy = browser.page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "style-src 'self'" in policy
    assert " style=" not in browser.page.get_data(as_text=True)


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"<html></html>", b"\x89PNG\r\n\x1a\n"])
def test_files_that_are_no_pictures_are_refused_at_their_field(app: Flask, content: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        brand(app, None, {"favicon": content})
    assert refusal.value.field == "favicon"


def test_the_same_picture_is_kept_once(app: Flask, browser: Browser) -> None:
    brand(app, None, {"logo": picture(BLUE), "logo_dark": picture(BLUE)})
    assert len(set(links_to_brand(browser.get("/u/login").get_data(as_text=True)))) == 1


def test_a_broken_database_leaves_pages_plain(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_statement: object) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    monkeypatch.setattr(keeping, "read_apart", away)
    cache.clear()
    answer = Browser(app).get("/nothing-here")
    assert answer.status_code == 404
    assert "Example Login" in answer.get_data(as_text=True)


def sent(app: Flask) -> Any:
    with app.test_request_context():
        return render_mail(list_kept(mails.KIND)[0].payload)


def test_a_mail_looks_like_the_pages(app: Flask) -> None:
    brand(app, None, {"logo": picture(BLUE)}, name="Acme", color=YELLOW, radius="2")
    make_user(app)
    with app.app_context(), unit_of_work():
        mails.mail_password_changed(get_user(EMAIL))
    mail = sent(app)
    assert f"background:{YELLOW}" in mail.html
    assert "color:#161a22;text-decoration:none;border-radius:2px" in mail.html
    assert re.search(rf'<img src="{ORIGIN}/brand/\w{{64}}/picture.png" width="168" height="56" alt="Acme"', mail.html)
    assert mail.text.rstrip().endswith("Acme")


def test_a_mail_that_an_apps_login_asked_for_wears_its_looks(app: Flask, browser: Browser) -> None:
    client = make_client(app)
    brand(app, client, {"logo": picture(YELLOW)}, name="Sunny", color=YELLOW)
    login_page(browser, client)
    browser.get(next(link for link in browser.links if "signup" in link))
    browser.submit(email="grace@example.com", password="lantern orbit velvet canoe")
    mail = sent(app)
    assert f"background:{YELLOW}" in mail.html
    assert 'alt="Sunny"' in mail.html
    assert "Sunny" in mail.text
    make_user(app)
    with app.app_context(), unit_of_work():
        mails.mail_password_changed(get_user(EMAIL))
    assert YELLOW not in sent(app).html


def test_an_untouched_mail_loads_nothing(app: Flask) -> None:
    make_user(app)
    with app.app_context(), unit_of_work():
        mails.mail_password_changed(get_user(EMAIL))
    mail = sent(app)
    assert "<img" not in mail.html
    assert "#3355e0" in mail.html
