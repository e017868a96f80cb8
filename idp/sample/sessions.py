"""Sessions kept in this process: the browser holds an opaque id, and no token ever leaves the server."""

import secrets
import threading
from collections import OrderedDict
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

#: Cookies are shared by all ports of a host: this name is nobody else's.
COOKIE = "sample_session"
_MAXIMUM = 1000


class HeldSession(dict[str, Any], SessionMixin):
    """What is known of one browser; `id` is in its cookie."""

    def __init__(self, session_id: str | None = None, known: dict[str, Any] | None = None) -> None:
        super().__init__(known or {})
        self.id = session_id or secrets.token_urlsafe(32)

    def renew(self) -> None:
        """Forget everything, under a new id: nobody who knew the old one is signed in by it."""
        self.clear()
        self.id = secrets.token_urlsafe(32)


class MemorySessions(SessionInterface):
    """A bounded store; the browsers not seen for longest go first."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def open_session(self, app: Flask, request: Request) -> HeldSession:
        """The session of the cookie; a new one where there is none."""
        session_id = request.cookies.get(COOKIE, "")
        with self._lock:
            known = self._held.get(session_id)
        return HeldSession() if known is None else HeldSession(session_id, dict(known))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep it, if there is anything to keep."""
        if not isinstance(session, HeldSession):
            return
        with self._lock:
            if not session and session.id not in self._held:
                return
            self._held[session.id] = dict(session)
            self._held.move_to_end(session.id)
            while len(self._held) > _MAXIMUM:
                self._held.popitem(last=False)
        response.set_cookie(COOKIE, session.id, httponly=True, samesite="Lax", path="/")

    def forget(self, session_id: str) -> None:
        """Drop a session."""
        with self._lock:
            self._held.pop(session_id, None)
