"""OpenID Connect Session Management 1.0: `session_state` in answers, and the frame in which apps compare it (§3.2)."""

import hashlib
from urllib.parse import urlsplit

from flask import Response

from idp.domain.interactions.request import OPENID, AuthorizationRequest
from idp.infra.secrets import new_id
from idp.oauth.pages import SessionPage
from idp.web import cookies
from idp.web.headers import allow_framing_by_all
from idp.web.pages import render
from idp.web.sessions import browser_state_now

_SALT_LENGTH = 22
_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_session() -> Response:
    """The page that apps frame: its script compares, and no request is made."""
    allow_framing_by_all()
    return render(SessionPage(cookie=cookies.full_name(cookies.OP_STATE)))


def session_state(request: AuthorizationRequest) -> dict[str, str]:
    """The parameter for an answer, also one that says no; nothing for an app that is no web page (§2)."""
    origin = origin_of(request.redirect_uri)
    if origin is None or OPENID not in request.scopes:
        return {}
    state = browser_state_now()
    return {} if state is None else {"session_state": compute(request.client_id, origin, state, new_id(_SALT_LENGTH))}


def compute(client_id: str, origin: str, state: str, salt: str) -> str:
    """What `check_session.js` computes too (§3.2): of no use to any other app or page."""
    return f"{hashlib.sha256(f'{client_id} {origin} {state} {salt}'.encode()).hexdigest()}.{salt}"


def origin_of(uri: str) -> str | None:
    """The origin as browsers write it (RFC 6454 §6.2); None where the URI leads to no web page."""
    parts = urlsplit(uri)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
