"""/account/activity: what happened, in plain words, fifty at a time; every kind that is told has its words."""

import pytest
from flask import Flask

from idp.account.event_words import TOLD, tell
from idp.domain.events.models import Event
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.infra.db import unit_of_work
from tests.account.conftest import Visitor
from tests.support.browser import Browser
from tests.support.factories import EMAIL, PASSWORD, make_client, make_user

PATH = "/account/activity"


def test_what_one_does_is_told(app: Flask, ada: Visitor) -> None:
    browser = Browser(app)
    browser.get("/account")
    browser.submit("login-submit", username=EMAIL, password="wrong")
    browser.submit("login-submit", username=EMAIL, password=PASSWORD)
    page = ada.get(PATH).text
    for words in ("The account was made", "Somebody tried to sign in with a wrong password", "Signed in"):
        assert words in page
    assert page.index("Signed in") < page.index("wrong password") < page.index("The account was made")
    assert "127.0.0.1" in page


def test_fifty_at_a_time_and_none_twice(app: Flask, ada: Visitor, user_id: str) -> None:
    other = make_user(app, "bob@example.com")
    client = make_client(app)
    with app.app_context(), unit_of_work():
        for number in range(120):
            record(EventName.AUTHORIZE_GRANTED, user_id=user_id)
            record(EventName.CONSENT_GIVEN, user_id=user_id, client_id=client.id, scope=str(number))
            record(EventName.PASSWORD_CHANGED, user_id=other)
    counts = []
    ada.get(PATH)
    for _ in range(4):
        counts.append(ada.told().count("Example App was allowed to use your account"))
        assert "The password was changed" not in ada.told()
        older = [link for link in ada.links if "before=" in link]
        if not older:
            break
        ada.get(older[0])
    assert counts == [50, 50, 20]
    assert "The account was made" in ada.told()
    assert PATH in ada.links


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 18, "9" * 40, "1 OR 1=1", "٣"])
def test_an_invented_page_shows_something(ada: Visitor, before: str) -> None:
    assert ada.get(PATH, before=before).status_code == 200


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("details", [None, {}, {"factor": "passkey"}, {"factor": "totp"}, {"reason": "wrong password"}])
def test_every_kind_has_a_sentence(app: Flask, name: EventName, details: dict[str, str] | None) -> None:
    with app.app_context():
        what, telling = tell(Event(name=name.value, details=details, client_id="gone"))
    assert what[0].isupper()
    assert not what.endswith(".")
    assert telling.icon
