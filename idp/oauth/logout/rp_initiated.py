"""OpenID Connect RP-Initiated Logout 1.0 §2: /oidc/logout."""

from dataclasses import dataclass

from flask import Response, request

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client_now
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.tokens.id_token_hints import Hint, find_hinted
from idp.domain.tokens.subjects import find_user_of
from idp.oauth.logout import ending
from idp.oauth.parameters import address_of
from idp.oauth.response_modes.query import see_other
from idp.web import csrf, languages
from idp.web.sessions import current_session, list_accounts

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

    @property
    def back(self) -> ending.Back:
        """The way back."""
        return ending.Back(client=self.client, target=self.target, state=self.state)


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
    session = _meant(asked)
    if session is None or (asked.hint is not None and asked.hint.sid == session.sid):
        return ending.finish(asked.back, sid=session.sid if session is not None else None)
    hidden = {name: request.values[name] for name in CARRIED if request.values.get(name)}
    return ending.ask(session, "/oidc/logout", hidden, asked.client, asked.target)


def _refuse(asked: LogoutRequest, wanted: str) -> Response:
    if not asked.is_hint_good:
        return ending.unproven(asked.client)
    return ending.unregistered(wanted, asked.client, "post_logout_redirect_uri")


def _decided(asked: LogoutRequest) -> Response:
    csrf.check()
    decision = request.form["decision"]
    if decision == "stay":
        return ending.stay(asked.client)
    # The login that was asked about: in another tab somebody else may have become the current one
    sid = request.form.get(ending.ASKED) or None
    return ending.finish(asked.back, sid=sid, everybody=decision == "logout_all")


def _meant(asked: LogoutRequest) -> LiveSession | None:
    """The login to end: that which the hint names, else that of the person it names, else the current one."""
    sessions = [account.session for account in list_accounts()]
    if asked.hint is not None and asked.client is not None:
        user_id = find_user_of(asked.client, asked.hint.subject)
        named = [each for each in sessions if each.sid == asked.hint.sid]
        named += [each for each in sessions if each.user_id == user_id]
        if named:
            return named[0]
    return current_session()


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
