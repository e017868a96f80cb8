"""Which step an interaction needs next: STEPS in their order; the first one needed wins.

With `prompt=none` nothing may be shown (OIDC Core §3.1.2.1), so that step's error is the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.domain.clients.client import Client
from idp.domain.clients.login_rules import insists_on_passkey, policy_for
from idp.domain.consents.remembering import granted_scopes
from idp.domain.credentials.factors import TWO_FACTORS
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.sessions.acr import ONE_FACTOR_CLASS, acr_of, wants_two_factors, ways_of
from idp.domain.sessions.browser_sessions import LiveSession
from idp.infra import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the steps judge by."""

    request: AuthorizationRequest
    client: Client
    session: LiveSession | None
    """The login that the request is about."""
    marks: dict[str, str]
    has_accounts: bool = False
    """Whether anybody is signed in in this browser, be it only somebody whom the request is not about."""


@dataclass(frozen=True, slots=True)
class Step:
    """A page that may be needed: its name is its path under /u/."""

    name: str
    error: str
    is_needed: Callable[[Situation], bool]


#: The mark on an interaction: whose login it goes on with (the sid), as picked or made for it.
ACCOUNT = "account"
#: The mark: the person goes back without a login, with this error.
DENIED = "denied"
#: That error, where the login cannot become what the app wants (OIDC Unmet Authentication Requirements 1.0).
UNMET = "unmet_authentication_requirements"
#: The mark: the app asked for two factors, and this person can have no second one here.
UNMEETABLE = "second-factor"
#: The mark: the person said to have no passkey yet, where the app takes nothing else.
NO_PASSKEY = "no_passkey"
#: Prompts that want somebody to sign in, whoever is signed in; `create` wants a new account.
_ASKS_LOGIN = frozenset({"login", "create"})


def needs_account(now: Situation) -> bool:
    """The app asks who it shall be (OIDC Core §3.1.2.1), or nobody was chosen of those who are signed in."""
    if not now.has_accounts or "create" in now.request.prompt:
        return False
    if now.session is None:
        is_named = now.request.hinted_user_id is not None or now.request.login_hint is not None
        return not is_named and "login" not in now.request.prompt
    return "select_account" in now.request.prompt and now.marks.get(ACCOUNT) != now.session.sid


def needs_login(now: Situation) -> bool:
    """Nobody is signed in, or not freshly enough, or not the person who was asked for."""
    session = now.session
    if session is None:
        return True
    if now.marks.get("login") == session.sid:
        return False
    asked_again = not _ASKS_LOGIN.isdisjoint(now.request.prompt)
    max_age = now.request.max_age
    too_old = max_age is not None and clock.now() - session.auth_time > max_age
    return asked_again or too_old or max_age == 0 or is_somebody_else(now) or not _came_by_a_way_in(now, session)


def _came_by_a_way_in(now: Situation, session: LiveSession) -> bool:
    """Whether one of the ways in that the app insists on was used for the login, be it made for another app."""
    return not now.client.login.get("first") or bool(ways_of(session.amr) & set(policy_for(now.client).first))


def needs_passkey(now: Situation) -> bool:
    """The app takes a passkey alone, and the person signed in by another way: it is used now, or the first one made."""
    return now.session is not None and insists_on_passkey(now.client) and "passkey" not in ways_of(now.session.amr)


def is_somebody_else(now: Situation) -> bool:
    """Whether the person signed in is not the one that the `id_token_hint` names (OIDC Core §3.1.2.1)."""
    hinted = now.request.hinted_user_id
    return hinted is not None and now.session is not None and hinted != now.session.user_id


def meets_essential_acr(now: Situation) -> bool:
    """Whether the login is of a class that the app called essential (OIDC Core §5.5.1.1)."""
    wanted = now.request.requested_claims("id_token").get("acr") or {}
    if now.session is None or not wanted.get("essential"):
        return True
    values = wanted.get("values") or [wanted.get("value")]
    return values == [None] or acr_of(now.session.amr) in values


def asks_two_factors(request: AuthorizationRequest) -> bool:
    """Whether the app asks for two factors, in one of the two ways (OIDC Core §3.1.2.1 and §5.5.1.1, RFC 9470 §5)."""
    claim = request.requested_claims("id_token").get("acr") or {}
    values = claim.get("values") or [claim.get("value")]
    if claim.get("essential") and ONE_FACTOR_CLASS in values:
        return False
    return wants_two_factors(request.acr_values) or wants_two_factors(values)


def needs_second_factor(now: Situation) -> bool:
    """The login is of one factor, and the app or the policy wants two (a login before it, or for another app)."""
    if now.session is None or TWO_FACTORS in now.session.amr:
        return False
    if policy_for(now.client).second_factor == "required":
        return True
    # Marked where the person can have none: that the app asked is then answered by the `acr` that it gets
    return asks_two_factors(now.request) and UNMEETABLE not in now.marks


def needs_confirmed_email(now: Situation) -> bool:
    """The tenant or the app serves nobody whose address is not confirmed."""
    return now.session is not None and not now.session.email_verified and policy_for(now.client).verified_email


def needs_consent(now: Situation) -> bool:
    """The app has to ask, and has not been let have this yet."""
    if now.session is None or now.marks.get("consent") == now.session.sid:
        return False
    if "consent" in now.request.prompt:
        return True
    if not now.client.asks_consent:
        return False
    granted = granted_scopes(now.session.user_id, now.client.id, now.request.audience)
    return not set(now.request.scopes_to_allow) <= granted


STEPS: tuple[Step, ...] = (
    Step("select-account", "account_selection_required", needs_account),
    Step("login", "login_required", needs_login),
    # Before the second factor: a passkey is one
    Step("passkey/first", "interaction_required", needs_passkey),
    Step("second-factor", "interaction_required", needs_second_factor),
    Step("confirm-email", "interaction_required", needs_confirmed_email),
    Step("consent", "consent_required", needs_consent),
)


def next_step(situation: Situation) -> Step | None:
    """The first step that is needed; None when the app can be answered."""
    return next((step for step in STEPS if step.is_needed(situation)), None)
