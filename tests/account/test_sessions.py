"""/account/sessions: every login with its device; each can be ended, by its owner alone, at once."""

import pytest
import time_machine
from flask import Flask

from idp.domain.sessions.participants import BACK_CHANNEL_LOGOUT
from idp.infra import clock
from idp.infra.jobs import list_kept
from tests.account.conftest import Mails, Visitor, visitor
from tests.support.factories import EMAIL, make_client, make_user
from tests.support.protocol import Protocol

PATH = "/account/sessions"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def test_the_list_names_devices_and_marks_this_one(app: Flask, ada: Visitor, user_id: str) -> None:
    visitor(app, user_id, user_agent=IPHONE)
    page = ada.get(PATH).text
    assert page.count("Chrome on Windows") == 1
    assert page.count('<p class="row-title">Safari on iPhone') == 1
    assert page.index("This one") < page.index("Safari on iPhone")
    assert page.count("This one") == 1
    assert "203.0.113.7" in page


def test_one_is_ended_at_once(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    phone, tablet = visitor(app, user_id, user_agent=IPHONE), visitor(app, user_id)
    ada.get(PATH)
    ada.submit(phone.sid)
    assert (ada.page.request.path, ada.page.status_code) == (PATH, 200)
    assert "That device is signed out." in ada.told()
    assert phone.get("/account").request.path == "/u/login"
    assert tablet.get("/account").request.path == "/account"
    assert phone.sid not in ada.told()
    assert [(mail.to, mail.subject) for mail in mails()] == [(EMAIL, "A device was signed out of your account")]


def test_all_others_are_ended_at_once(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    others = [visitor(app, user_id) for _ in range(3)]
    bob = visitor(app, make_user(app, "bob@example.com"))
    ada.get(PATH)
    ada.submit("sessions-end-others")
    assert "Every other device is signed out." in ada.told()
    assert "sessions-end-others" not in ada.told()
    assert {other.get("/account").request.path for other in others} == {"/u/login"}
    assert bob.get("/account").request.path == "/account"
    assert [mail.subject for mail in mails()] == ["All devices but one were signed out of your account"]
    ada.get("/account")
    ada.post(PATH, {**ada.forms[0].fields, "others": "yes"})
    assert len(mails()) == 1


def test_apps_are_told(app: Flask, ada: Visitor, user_id: str, protocol: Protocol) -> None:
    client = make_client(app, changes={"registration": {"backchannel_logout_uri": "https://app.example.com/bye"}})
    sid = protocol.sign_in(user_id)
    protocol.tokens(client)
    ada.get(PATH)
    ada.submit(sid)
    with app.app_context():
        told = [kept.payload for kept in list_kept(BACK_CHANNEL_LOGOUT)]
    assert told == [{"sid": sid, "client_id": client.id, "user_id": user_id}]


@pytest.mark.parametrize("sid", ["", "sid_unknown", "another's", "é"])
def test_what_is_none_of_theirs_is_not_there(app: Flask, ada: Visitor, sid: str, mails: Mails) -> None:
    bob = visitor(app, make_user(app, "bob@example.com"))
    ada.get(PATH)
    visitor_fields = ada.get("/account").text.split('csrf_token" value="')[1].split('"')[0]
    ada.post(PATH, {"csrf_token": visitor_fields, "sid": bob.sid if sid == "another's" else sid})
    assert ada.page.status_code == 404
    assert bob.get("/account").request.path == "/account"
    assert mails() == []


def test_what_ended_before_stays_so_and_is_not_listed(app: Flask, ada: Visitor, user_id: str, mails: Mails) -> None:
    phone = visitor(app, user_id)
    ada.get(PATH)
    form = next(form for form in ada.forms if phone.sid in form.buttons)
    for _ in range(2):
        ada.post(PATH, {**form.fields, "sid": phone.sid})
        assert ada.page.status_code == 200
    assert len(mails()) == 1
    with time_machine.travel(clock.now() + 5 * 86400, tick=False):
        fresh = visitor(app, user_id)
        assert fresh.get(PATH).text.count('class="row-title"') == 1


def test_the_page_stays_small_and_says_how_many_more_there_are(app: Flask, ada: Visitor, user_id: str) -> None:
    for _ in range(34):
        visitor(app, user_id)
    page = ada.get(PATH).text
    assert page.count('class="row-title"') == 30
    assert "used longer ago: 5" in page
    assert page.count("This one") == 1
    ada.submit("sessions-end-others")
    assert ada.told().count('class="row-title"') == 1
