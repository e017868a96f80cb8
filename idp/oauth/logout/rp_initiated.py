"""OpenID Connect RP-Initiated Logout 1.0 §2: /oidc/logout."""

from dataclasses import dataclass

from flask import Response, request

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client_now
from idp.domain.tokens.id_token_hints import Hint, find_hinted
from idp.oauth.logout import ending
from idp.oauth.parameters import address_of
from idp.oauth.response_modes.query import see_other
from idp.web import csrf, languages
from idp.web.sessions import current_session

CARRIED = ("id_token_hint", "post_logout_redirect_uri", "client_id", "state", "logout_hint", "ui_locales")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """What was asked, and what of it can be believed."""

    hint: Hint | None
    is_hint_good: bool
    """Whether what came as `id_token_hint`, if anything, is an ID token of ours for this client."""
    client: Client | None
    wanted: str | None
    state: str | None

    @property
    def target(self) -> str | None:
        """Where to go back to: only to a registered place, byte for byte, and for no forged hint (§3, §4)."""
        if self.client is None or not self.is_hint_good:
            return None
        return self.wanted if self.wanted in self.client.logout_uris else None


def logout() -> Response:
    """End the login: at once if the app proves that it is about this very login, else after asking (§2)."""
    if request.method == "POST" and "decision" not in request.form:
        return see_other(address_of(request))
    languages.prefer((request.values.get("ui_locales") or "").split())
    asked = _read()
    if asked.wanted is not None and asked.target is None:
        return _refuse(asked, asked.wanted)
    if request.method == "POST":
        return _decided(asked)
    session = current_session()
    if session is None or (asked.hint is not None and asked.hint.sid == session.sid):
        return ending.finish(asked.target, asked.state, asked.client)
    hidden = {name: request.values[name] for name in CARRIED if request.values.get(name)}
    return ending.ask(session, "/oidc/logout", hidden, asked.client, asked.target)


def _refuse(asked: LogoutRequest, wanted: str) -> Response:
    if not asked.is_hint_good:
        return ending.unproven(asked.client)
    return ending.unregistered(wanted, asked.client, "post_logout_redirect_uri")


def _decided(asked: LogoutRequest) -> Response:
    csrf.check()
    if request.form["decision"] == "stay":
        return ending.stay(asked.client)
    return ending.finish(asked.target, asked.state, asked.client)


def _read() -> LogoutRequest:
    values = request.values
    sent = values.get("id_token_hint") or None
    hint = find_hinted(sent)
    named = values.get("client_id") or None
    client_id = hint.client_id if hint is not None else named
    # §2: if both are there, they have to agree.
    client = find_client_now(client_id) if client_id and named in {None, client_id} else None
    return LogoutRequest(
        hint=hint if client is not None else None,
        is_hint_good=sent is None or (hint is not None and client is not None),
        client=client,
        wanted=values.get("post_logout_redirect_uri") or None,
        state=values.get("state") or None,
    )
