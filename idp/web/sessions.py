"""The login of the browser that sends the request."""

from collections.abc import Sequence

from flask import g

from idp.domain.credentials import devices
from idp.domain.sessions.browser_sessions import (
    LiveSession,
    begin_session,
    end_session_of_cookie,
    find_live_session,
    touch_session,
)
from idp.domain.users.models import User
from idp.web import browser_state, cookies
from idp.web.settings import settings


def current_session() -> LiveSession | None:
    """Who is signed in in this browser, if anybody; looked up once a request."""
    if "live_session" not in g:
        cookie = cookies.read(cookies.SESSION)
        g.live_session = None if cookie is None else find_live_session(cookie)
        if g.live_session is not None:
            touch_session(g.live_session.sid)
    found: LiveSession | None = g.live_session
    return found


def sign_in(user: User, amr: Sequence[str], auth_time: int | None = None) -> str:
    """Sign a user in, under a new id; the session before ends. Returns the sid.

    `auth_time` is that of a login which only becomes stronger; else it is now.
    """
    cookie, sid = begin_session(user, amr, auth_time=auth_time, replaces=cookies.read(cookies.SESSION))
    cookies.write(cookies.SESSION, cookie, settings().session_lifetime)
    browser_state.of_login(cookie)
    know_device(user)
    g.pop("live_session", None)
    return sid


def know_device(user: User) -> None:
    """Remember that this is a device of the user's: what others do to the account no longer slows it down here."""
    cookies.write(cookies.DEVICE, devices.remember(user.email, cookies.device_id()), devices.COOKIE_LIFETIME)


def sign_out(by: str) -> str | None:
    """End the login of this browser; its sid, if there was one."""
    cookie = cookies.read(cookies.SESSION)
    if cookie is None:
        return None
    cookies.write(cookies.SESSION, None)
    browser_state.of_login(None)
    g.pop("live_session", None)
    return end_session_of_cookie(cookie, by)
