"""/account/sessions: where the person is signed in, and the buttons that end it."""

from flask import Response, request

from idp.account.access import owner, owner_user, see_other
from idp.account.pages import SessionLine, SessionsPage
from idp.domain.sessions.listing import list_live_sessions, sign_out_device, sign_out_others
from idp.domain.sessions.models import Session
from idp.infra.words import Moment, say
from idp.web import forms
from idp.web.pages import render
from idp.web.user_agents import device_of

PATH = "/account/sessions"
NOTICES = {
    "ended": say("That device is signed out."),
    "others_ended": say("Every other device is signed out."),
}
#: Of some hundreds at most; the page is to stay small.
_SHOWN = 30


def show() -> Response:
    """The list, this one first."""
    session = owner()
    found = sorted(list_live_sessions(session.user_id), key=lambda row: row.sid != session.sid)
    page = SessionsPage(
        email=session.email,
        notice=NOTICES.get(request.args.get("notice", "")),
        sessions=tuple(_line(row, session.sid) for row in found[:_SHOWN]),
        more=max(0, len(found) - _SHOWN),
    )
    return render(page)


def submit() -> Response:
    """End one, or all but this one."""
    if forms.read("others") == "yes":
        sign_out_others(owner_user(), keep=owner().sid)
        return see_other(f"{PATH}?notice=others_ended")
    sign_out_device(owner_user(), forms.read("sid"))
    return see_other(f"{PATH}?notice=ended")


def _line(row: Session, this: str) -> SessionLine:
    device = device_of(row.user_agent)
    return SessionLine(
        sid=row.sid,
        device=device.name,
        icon=device.icon,
        address=row.ip,
        began=Moment(row.created_at),
        last_used=Moment(row.last_seen_at),
        is_this=row.sid == this,
    )
