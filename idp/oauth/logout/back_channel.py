"""OpenID Connect Back-Channel Logout 1.0: each app of a login is told of its end, server to server.

The jobs are written where sessions end (`idp.domain.sessions.participants`); the worker sends them, so nobody waits for
an app that is slow, and one that is down is asked again later.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from idp.domain.clients.queries import find_client_now
from idp.domain.sessions.participants import BACK_CHANNEL_LOGOUT
from idp.domain.tenant import fetching
from idp.domain.tokens.logout_tokens import mint_logout_token
from idp.infra.http_client import Fetched
from idp.infra.jobs import Handler, PermanentError

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_TRY_LATER = frozenset({408, 429})
_SERVER_ERRORS = 500


class NotToldError(Exception):
    """The app could not take it now."""


def handlers() -> Mapping[str, Handler]:
    """What the worker does with jobs of this kind."""
    return {BACK_CHANNEL_LOGOUT: tell}


def tell(payload: dict[str, Any]) -> None:
    """Send a logout token (§2.5). It is made now, so that it has not run out however late it is sent.

    Raises:
        NotToldError, FetchError: to be tried again.
        PermanentError: the app refuses; it would again.
    """
    client = find_client_now(payload["client_id"])
    uri = client.registered("backchannel_logout_uri") if client is not None else None
    if client is None or uri is None:
        return  # it has been removed since, or no longer wants to know
    token = mint_logout_token(client, payload["user_id"], payload["sid"])
    _judge(fetching.send(uri, urlencode({"logout_token": token}).encode(), _HEADERS))


def _judge(answer: Fetched) -> None:
    """§2.8: 200, and 204 from some frameworks. A redirect is not followed: it is no answer."""
    if answer.is_ok:
        return
    if answer.status >= _SERVER_ERRORS or answer.status in _TRY_LATER:
        raise NotToldError(f"the app answered {answer.status}")
    raise PermanentError(f"the app answered {answer.status}")
