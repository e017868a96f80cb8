"""The pages that show most weigh no more than any other: a brand that cannot be packed, and six people's pictures."""

import os
import re
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from idp.domain.branding.keeping import change_branding, parse_changes
from idp.domain.clients.looks import change_client_branding
from idp.domain.users.pictures import set_picture
from idp.domain.users.queries import get_user
from idp.infra.db import unit_of_work
from idp.web.sessions import MOST_OTHERS
from tests.login.conftest import Begin
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import PASSWORD, App, make_client, make_user

WEIGHT = 60 * 1024
PEOPLE = [f"person{number}@example.com" for number in range(MOST_OTHERS + 1)]


def noise(width: int, height: int) -> bytes:
    """A picture that no format makes smaller."""
    made = BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def client(app: Flask) -> App:
    return make_client(app, requires_consent=True)


@pytest.fixture
def people(app: Flask, client: App, browser: Browser) -> None:
    """All signed in here, each with a picture; and the brand of the tenant, and another of the app."""
    pictures = {"logo": noise(300, 70), "logo_dark": noise(300, 70), "favicon": noise(64, 64)}
    ids = [make_user(app, email) for email in PEOPLE]
    with app.app_context(), unit_of_work():
        change_branding(parse_changes({}, pictures))
        change_client_branding(client.id, parse_changes({}, {"logo": noise(300, 70)}))
        for user_id in ids:
            set_picture(get_user(user_id), noise(200, 200))
    for email in PEOPLE:
        browser.get("/u/login", switch="1")
        browser.submit("login-submit", username=email, password=PASSWORD)


def weight(browser: Browser) -> int:
    """Bytes of the page and of all that it loads, with the heavier of two logos."""
    html = re.sub(r"<a [^>]*>", "", browser.page.text)
    urls = [unescape(url) for url in re.findall(r'(?:src|srcset|href)="(/(?:static|brand|pictures)/[^"]+)"', html)]
    sizes = {url: len(loaded(browser, url)) for url in urls}
    for light, dark in re.findall(r'<source srcset="([^"]+)".*?<img [^>]*src="([^"]+)"', html, re.DOTALL):
        del sizes[min(light, dark, key=sizes.__getitem__)]
    return len(browser.page.data) + sum(sizes.values())


def loaded(browser: Browser, url: str) -> bytes:
    answer = browser.client.get(url, base_url=ORIGIN, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    return answer.data


def test_no_page_is_heavier_than_sixty_kilobytes(people: None, begin: Begin, browser: Browser) -> None:
    found = {"consent": weight(begin(login_hint=PEOPLE[-1])), "chooser": weight(begin(prompt="select_account"))}
    browser.get("/u/login", switch="1")
    found["login"] = weight(browser)
    for path in ("/account", "/account/security", "/account/activity"):
        browser.get(path)
        found[path] = weight(browser)
    print("WW", found)
    assert {page: size for page, size in found.items() if size > WEIGHT} == {}
