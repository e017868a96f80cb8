"""The interaction that a page belongs to, or the way back to one. No page of the login is a dead end.

`?state=` names the interaction, as Auth0's pages do; it is good only in the browser that began it. Without it a person
signs in to this deployment itself, and `?return_to=` may name one of our own pages.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from idp.domain.clients.client import Client
from idp.domain.clients.login_rules import insists_on_passkey, policy_for
from idp.domain.clients.queries import find_client_now
from idp.domain.events.context import about_client
from idp.domain.interactions import progress
from idp.domain.interactions.policy import NO_PASSKEY
from idp.domain.interactions.progress import Progress
from idp.domain.tenant.login_policy import find_login_policy
from idp.infra.words import say
from idp.login.pages import ExpiredPage
from idp.web import cookies, headers, languages
from idp.web.acting import act_for
from idp.web.app_views import app_view, find_home, own_view
from idp.web.pages import AppView, render
from idp.web.refusals import explain
from idp.web.return_paths import safe_path
from idp.web.sessions import current_session

RESUME = "/authorize/resume"
ADMIN = "/admin"
LOGIN = "/u/login"
_STATE = re.compile(r"\Ain1_[\w-]{43}\Z", re.ASCII)


class LostWayError(Exception):
    """The page's interaction is over, unknown, or another browser's. Rendered with the one button that works."""

    def __init__(self, found: Progress | None) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What a page is shown for: an app's request, or with `progress` None this deployment itself."""

    app: AppView
    progress: Progress | None = None
    client: Client | None = None
    return_to: str | None = None

    @property
    def client_id(self) -> str | None:
        """The app that asks."""
        return self.client.id if self.client else None

    @property
    def app_name(self) -> str | None:
        """What mails call the app that asks."""
        return self.app.name if self.client else None

    @property
    def state(self) -> str | None:
        """The interaction, as links name it."""
        return self.progress.id if self.progress else None

    @property
    def first(self) -> tuple[str, ...]:
        """The ways in that are open here. Whether the app is served by them is for its policy to say."""
        is_without = self.progress is not None and NO_PASSKEY in self.progress.marks
        return (
            find_login_policy().first
            if is_without and insists_on_passkey(self.client)
            else policy_for(self.client).first
        )

    @property
    def may_lack_passkey(self) -> bool:
        """Whether the app takes a passkey alone, and the person has not said yet to have none."""
        is_said = self.progress is None or NO_PASSKEY in self.progress.marks
        return not is_said and insists_on_passkey(self.client)

    def url(self, path: str, **more: str) -> str:
        """Another of our pages, for the same purpose."""
        known = {"state": self.state, "return_to": self.return_to}
        query = {name: value for name, value in known.items() if value is not None} | more
        return path + (f"?{urlencode(query)}" if query else "")

    def go(self, path: str) -> Response:
        """To another of our pages, for the same purpose."""
        return see_other(self.url(path))

    def marked(self, step: str, outcome: str) -> "Transaction":
        """The same, with what came of a step noted; there is nowhere to note it without an app."""
        return self.marked_all({step: outcome})

    def marked_all(self, outcomes: dict[str, str]) -> "Transaction":
        """The same for several steps at once."""
        if self.progress is None:
            return self
        return replace(self, progress=progress.mark(self.progress, outcomes))

    def resume(self) -> Response:
        """To the one place that knows what comes next."""
        return see_other(self.url(RESUME))


def find() -> Transaction:
    """What the page that was asked for is shown for.

    Raises:
        LostWayError: it names an interaction that cannot go on here.
    """
    if "state" not in request.args:
        return Transaction(app=own_view(), return_to=safe_path(request.args.get("return_to")))
    return _of_states(request.args.getlist("state"))


def find_again(state: str | None, return_to: str | None) -> Transaction:
    """What a link of a mail is for, which was asked for in this browser.

    Raises:
        LostWayError: it belongs to an interaction that cannot go on here.
    """
    return Transaction(app=own_view(), return_to=return_to) if state is None else _of_states([state])


def _of_states(states: list[str]) -> Transaction:
    found = _find_progress(states)
    client = find_client_now(found.request.client_id) if found is not None else None
    if found is None or not found.is_open or client is None or client.disabled_at is not None:
        raise LostWayError(found)
    languages.prefer(found.request.ui_locales)
    # The form's answer leads through redirects to the app, and Chromium checks each of them
    headers.allow_form_target(found.request.redirect_uri)
    act_for(found.request, found.marks)
    about_client(client.id)
    return Transaction(app=app_view(client), progress=found, client=client)


def find_leniently() -> Transaction:
    """As `find`; an interaction that cannot go on is passed over, for pages that are of use without one."""
    return for_state(request.args.get("state"))


def for_state(state: str | None) -> Transaction:
    """The transaction of an interaction named elsewhere, if it can go on in this browser; else of none."""
    found = _find_progress([state or ""])
    client = find_client_now(found.request.client_id) if found is not None and found.is_open else None
    if client is None or client.disabled_at is not None:
        return Transaction(app=own_view())
    about_client(client.id)
    return Transaction(app=app_view(client), progress=found, client=client)


def show_way_back(lost: LostWayError) -> Response:
    """The page for whoever comes too late, or from elsewhere."""
    found = lost.found
    explain("state", "a sign-in of this browser that goes on", _what_came(found))
    client = find_client_now(found.request.client_id) if found is not None else None
    if found is not None and client is not None and client.disabled_at is None:
        return render(_finished(found, client) if found.is_answered else _restart(found, client), 400)
    if current_session() is not None:
        message = say("It belongs to another browser, or is too old. You are signed in here already.")
        return render(ExpiredPage(message=message, action_url=LOGIN, action_label=say("Continue")), 400)
    message = say("It belongs to another browser, or is too old to be found.")
    return render(_way_to_the_app(message), 400)


def see_other(url: str) -> Response:
    """Go there with GET, whatever the method was (RFC 9700 §4.12)."""
    return make_response(redirect(url, 303))


def _what_came(found: Progress | None) -> str:
    if found is None:
        return "one that is unknown, or another browser's"
    return "one that is finished" if found.is_answered else "one that is too old, or whose app is not here any more"


def _restart(found: Progress, client: Client) -> ExpiredPage:
    """The request itself begins again: the app still waits for its answer."""
    url = f"{RESUME}?{urlencode({'state': found.id})}"
    label = say("Continue to {app}", app=client.name) if current_session() else say("Start again")
    return ExpiredPage(app=app_view(client), action_url=url, action_label=label)


def _finished(found: Progress, client: Client) -> ExpiredPage:
    """The app has its answer, and takes none to the same `state` again: on to the app itself."""
    return ExpiredPage(
        app=app_view(client),
        title=say("This sign-in is finished"),
        message=say("It was finished before, here or in another tab."),
        action_url=find_home(client, found.request.redirect_uri),
        action_label=say("Continue to {app}", app=client.name),
    )


def _way_to_the_app(message: str) -> ExpiredPage:
    """Back to where the app lives, where that is known."""
    states = request.args.getlist("state")
    found = find_app(states[0]) if len(states) == 1 else None
    if found is None or found[1] is None:
        return ExpiredPage(message=message, action_url=_begin_anew(states))
    client, home = found
    return ExpiredPage(
        app=app_view(client), message=message, action_url=home, action_label=say("Open {app}", app=client.name)
    )


def find_app(state: str | None) -> tuple[Client, str | None] | None:
    """The app of an interaction, whichever browser began it, and where it lives; only one that the operator made."""
    asked = _find_anywhere([state or ""])
    client = find_client_now(asked.request.client_id) if asked is not None else None
    if asked is None or client is None or client.is_third_party or client.disabled_at is not None:
        return None
    return client, find_home(client, asked.request.redirect_uri)


def _begin_anew(states: list[str]) -> str | None:
    """Where the request of an app whose home is not known begins again, in this browser."""
    asked = _find_anywhere(states)
    client = find_client_now(asked.request.client_id) if asked is not None and not asked.is_answered else None
    if asked is None or client is None or client.disabled_at is not None:
        return None
    return f"{RESUME}?{urlencode({'state': asked.id})}"


def _find_anywhere(states: list[str]) -> Progress | None:
    return progress.find_anywhere(states[0]) if len(states) == 1 and _STATE.match(states[0]) else None


def _find_progress(states: list[str]) -> Progress | None:
    if len(states) != 1 or not _STATE.match(states[0]):
        return None
    return progress.find(states[0], cookies.find_browser_id())
