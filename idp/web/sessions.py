"""The logins of the browser that sends the request: the current one, and others beside it that a person may choose.

A login of somebody else does not end the one before: both stay, each a session with its own sid, until it is ended. The
current one is what apps are answered with; a request for another (an app's hint, a choice made in this interaction)
acts as that one, without making it current.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g

from idp.domain.credentials import devices
from idp.domain.sessions.browser_sessions import (
    LiveSession,
    begin_session,
    end_session_of_cookie,
    find_live_session,
    is_live,
    strengthen_session,
    touch_session,
)
from idp.domain.sessions.pending_logins import find_pending
from idp.domain.users.accounts import remember_language
from idp.domain.users.models import User
from idp.domain.users.standing import hold_standing
from idp.web import browser_state, cookies
from idp.web.settings import settings

#: Beside the current one; who signs in as one more signs out the one that was current longest ago.
MOST_OTHERS = 5
_SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody signed in in this browser."""

    cookie: str
    session: LiveSession


def current_session() -> LiveSession | None:
    """Who is signed in in this browser, if anybody; or whom this request acts as. Looked up once a request."""
    if "live_session" not in g:
        cookie = cookies.read(cookies.SESSION)
        act_as(None if cookie is None else _find(cookie))
    found: LiveSession | None = g.live_session
    return found


def peek_session() -> LiveSession | None:
    """The current login, looked at for the audit log alone: it is not used by that."""
    if "live_session" in g:
        found: LiveSession | None = g.live_session
        return found
    cookie = cookies.read(cookies.SESSION)
    return None if cookie is None else _find(cookie)


def list_accounts() -> tuple[Account, ...]:
    """Everybody who is signed in in this browser, the current one first."""
    held = [cookie for cookie in (cookies.read(cookies.SESSION), *_others()) if cookie is not None]
    found: dict[str, Account] = {}
    for cookie in held:
        if (session := _find(cookie)) is not None:
            found.setdefault(session.user_id, Account(cookie, session))
    return tuple(found.values())


def act_as(session: LiveSession | None) -> None:
    """Let this request be about one of this browser's logins."""
    g.live_session = session
    if session is not None:
        touch_session(session.sid)


def hold_session() -> LiveSession | None:
    """The current login, looked at again; None if it is over. For forms that change the account.

    Until this transaction ends, nobody blocks its user or ends all logins: what the form does comes before that, and
    whoever was signed out meanwhile does nothing more.
    """
    session = current_session()
    if session is None or (hold_standing(session.user_id).is_good and is_live(session.sid)):
        return session
    look_again()
    return current_session()


def look_again() -> None:
    """Forget what this request has read of this browser's logins."""
    g.pop("live_session", None)
    g.pop("sessions_found", None)


def prefer_session(session: LiveSession) -> None:
    """Ask who is signed in for the second factor, not somebody else whose login waits for one in this browser."""
    waiting = cookies.read(cookies.PENDING)
    pending = find_pending(waiting) if waiting is not None else None
    if pending is not None and pending.user_id != session.user_id:
        cookies.write(cookies.PENDING, None)


def sign_in(user: User, amr: Sequence[str]) -> str:
    """Sign a user in, under a new id; somebody else who is signed in stays so. Returns the sid."""
    accounts = list_accounts()
    before = cookies.read(cookies.SESSION)
    own = next((account.cookie for account in accounts if account.session.user_id == user.id), None)
    if own is None and all(account.cookie != before for account in accounts):
        own = before  # it has run out
    cookie, sid = begin_session(user, amr, replaces=own)
    _keep(cookie, [account.cookie for account in accounts if account.cookie != own])
    remember_language(user, is_known_device=devices.find_device(user.id, cookies.device_id()) is not None)
    know_device(user)
    return sid


def strengthen(user: User, sid: str, amr: Sequence[str]) -> bool:
    """Let a login of this browser go on as a stronger one, under a new id; False if it has ended meanwhile."""
    accounts = list_accounts()
    cookie = strengthen_session(sid, amr) if any(each.session.sid == sid for each in accounts) else None
    if cookie is None:
        return False
    _keep(cookie, [account.cookie for account in accounts if account.session.sid != sid])
    know_device(user)
    return True


def switch_to(sid: str) -> LiveSession | None:
    """Make another login of this browser the current one; None if it is none of this browser's."""
    accounts = list_accounts()
    chosen = next((account for account in accounts if account.session.sid == sid), None)
    if chosen is None:
        return None
    _keep(chosen.cookie, [account.cookie for account in accounts if account is not chosen])
    return chosen.session


def know_device(user: User) -> None:
    """Remember that this is a device of the user's: what others do to the account no longer slows it down here."""
    cookies.write(cookies.DEVICE, devices.remember(user.id, cookies.device_id()), devices.COOKIE_LIFETIME)


def sign_out(by: str, sid: str | None = None) -> str | None:
    """End the current login of this browser, or the one named; its sid, if there was one."""
    accounts = list_accounts()
    current = cookies.read(cookies.SESSION)
    named = next((account.cookie for account in accounts if account.session.sid == sid), None)
    cookie = current if sid is None else named
    if cookie is None:
        return None
    others = [account.cookie for account in accounts if account.cookie not in {current, cookie}]
    _keep(None if cookie == current else current, others)
    return end_session_of_cookie(cookie, by)


def sign_out_all(by: str) -> tuple[str, ...]:
    """End every login of this browser; their sids."""
    accounts = list_accounts()
    _keep(None, [])
    return tuple(sid for account in accounts if (sid := end_session_of_cookie(account.cookie, by)) is not None)


def browser_state_now() -> str | None:
    """The state of all this browser's logins, for apps that watch it (OIDC Session Management §2)."""
    accounts = list_accounts()
    current = cookies.read(cookies.SESSION)
    is_live = any(account.cookie == current for account in accounts)
    others = [account.cookie for account in accounts if account.cookie != current]
    return browser_state.now(current if is_live else None, others)


def _keep(current: str | None, others: Sequence[str]) -> None:
    """What this browser holds from now on."""
    for cookie in others[MOST_OTHERS:]:
        end_session_of_cookie(cookie, by="too many accounts in one browser")
    kept = others[:MOST_OTHERS]
    lifetime = settings().session_lifetime
    cookies.write(cookies.SESSION, current, lifetime)
    if kept or cookies.read(cookies.ACCOUNTS) is not None:
        cookies.write(cookies.ACCOUNTS, _SEPARATOR.join(kept) or None, lifetime)
    browser_state.of_logins(current, kept)
    look_again()


def _others() -> list[str]:
    """What stands in the cookie; no more of it than we write."""
    return (cookies.read(cookies.ACCOUNTS) or "").split(_SEPARATOR, MOST_OTHERS)[:MOST_OTHERS]


def _find(cookie: str) -> LiveSession | None:
    known: dict[str, LiveSession | None] = g.setdefault("sessions_found", {})
    if cookie not in known:
        known[cookie] = find_live_session(cookie)
    return known[cookie]
