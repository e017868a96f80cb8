"""/account/activity: what happened to the account, fifty at a time."""

from flask import Response, request

from idp.account.access import owner
from idp.account.event_words import TOLD, tell
from idp.account.pages import ActivityPage, EventLine
from idp.domain.events.models import Event
from idp.domain.events.reading import list_events_of_user
from idp.infra.words import Moment
from idp.web.pages import render
from idp.web.user_agents import device_of

PATH = "/account/activity"
BEFORE = "before"
A_PAGE = 50
_LONGEST_ID = 18


def show() -> Response:
    """The newest, or what came before an event."""
    session, before = owner(), _before()
    found = list_events_of_user(session.user_id, tuple(TOLD), A_PAGE + 1, before)
    shown = found[:A_PAGE]
    page = ActivityPage(
        email=session.email,
        events=tuple(_line(event) for event in shown),
        older_url=f"{PATH}?{BEFORE}={shown[-1].id}" if len(found) > A_PAGE else None,
        newest_url=PATH if before is not None else None,
    )
    return render(page)


def _line(event: Event) -> EventLine:
    what, telling = tell(event)
    return EventLine(
        what=what,
        icon=telling.icon,
        is_bad=telling.is_bad,
        at=Moment(event.at_ms // 1000),
        device=device_of(event.user_agent).name if event.user_agent else None,
        address=event.ip,
    )


def _before() -> int | None:
    """The id that a link of ours names; whatever else stands there is as nothing."""
    raw = request.args.get(BEFORE, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= _LONGEST_ID else None
