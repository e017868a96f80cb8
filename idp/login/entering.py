"""The one gate of the hosted login: every way in ends here, and nowhere else is a person signed in.

first factor ──> enter ──> signed in
                   └─────> waits (a cookie of its own) ──> second factor ──> prove ──> signed in
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import Response

from idp.domain.clients.login_rules import insists_on_passkey, policy_for
from idp.domain.credentials.factors import (
    TWO_FACTORS,
    Demand,
    demand_of,
    enrolled_factors,
    has_own_factor,
    usable_factors,
)
from idp.domain.credentials.passkeys import may_be_offered
from idp.domain.credentials.passwords import pair_password
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions.policy import ACCOUNT, asks_two_factors
from idp.domain.lifecycle.addresses import prove_address
from idp.domain.sessions.pending_logins import LIFETIME, begin_pending, claim_pending, find_pending
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.models import User
from idp.domain.users.queries import find_user
from idp.domain.users.standing import hold_standing, standing_of
from idp.infra.words import say
from idp.login.transaction import ADMIN, LOGIN, Transaction, see_other
from idp.web import cookies
from idp.web.sessions import current_session, sign_in, strengthen

if TYPE_CHECKING:
    from idp.login.methods.port import Method  # its package imports this module

SECOND_FACTOR = "/u/second-factor"
PASSKEY_OFFER = "/u/passkey/offer"
#: The mark on an interaction: whose first factor was proved for it.
_MARK = "first_factor"
_MAILED = "email_code"
BLOCKED = say("This account is blocked. Ask the people who run this sign-in to unblock it.")
_OFF = say("This way of signing in is switched off here. Choose another one.")


class NotLetInError(Exception):
    """Whoever comes this way is not let in, whatever they proved: the login page says why."""

    def __init__(self, at: Transaction, message: str) -> None:
        super().__init__()
        self.at = at
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Who is to prove a second factor: after a first one just now, or in a login that has to become stronger."""

    user: User
    method: str
    """The first factor, by the name of its method."""
    amr: tuple[str, ...]
    auth_time: int | None
    """Of the login that becomes stronger; None after a first factor just now."""
    sid: str | None = None
    """The login that becomes stronger."""

    @property
    def is_step_up(self) -> bool:
        """Whether the person is signed in already."""
        return self.sid is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a candidate has to do, and what may be used for it, by names of methods."""

    demand: Demand
    usable: tuple[str, ...]


def enter(at: Transaction, user: User, method: "Method") -> Response:
    """A first factor was proved: sign in, or ask for the second.

    Raises:
        NotLetInError: it may not be used here, or the user is not served.
    """
    refuse_if_off(at, method)
    standing = hold_standing(user.id)
    if not standing.is_good:
        _tell(at, user.id, method, ("standing", "an account that is served", str(standing.reason)))
        raise NotLetInError(at, BLOCKED)
    candidate = Candidate(user=user, method=method.name, amr=method.amr, auth_time=None)
    if TWO_FACTORS in method.amr or task_of(at, candidate).demand is Demand.NOTHING:
        return _sign_in(at, user, method.amr, method.name)
    cookies.write(cookies.PENDING, begin_pending(user.id, method.name, method.amr), LIFETIME)
    return see_other(at.marked(_MARK, user.id).url(SECOND_FACTOR))


def enter_by_mail(at: Transaction, user: User, method: "Method") -> Response:
    """What was mailed came back: a first factor, and proof of the address.

    Raises:
        NotLetInError: it may not be used here, or the user is not served.
    """
    if standing_of(exists=True, blocked_at=user.blocked_at).is_good:
        prove_address(user, cookies.device_id())
    return enter(at, user, method)


def refuse_if_off(at: Transaction, method: "Method") -> None:
    """For what can be spent, such as a code: asked before it is.

    Raises:
        NotLetInError: this way in is switched off, for everybody or for this app.
    """
    first = at.first
    if method.name not in first:
        _tell(at, None, method, ("login policy", f"one of {', '.join(first)}", method.name))
        raise NotLetInError(at, _OFF)


def prove(at: Transaction, candidate: Candidate, method: "Method") -> Response:
    """A second factor was proved: sign in, once; what has ended meanwhile is not gone on with."""
    amr = tuple(dict.fromkeys((*candidate.amr, *method.amr, TWO_FACTORS)))
    how = f"{candidate.method} {method.name}"
    if not hold_standing(candidate.user.id).is_good:
        return see_other(at.url(LOGIN))
    if candidate.sid is not None:
        return _step_up(at, candidate.user, candidate.sid, amr, how)
    if claim_pending(cookies.read(cookies.PENDING) or "") is None:
        return see_other(at.url(LOGIN))
    cookies.write(cookies.PENDING, None)
    if candidate.method == "password":
        _pair(candidate.user, method)
    return _sign_in(at, candidate.user, amr, how)


def forget_pending() -> None:
    """Whoever waited in this browser for a second factor waits no more: another login goes on here."""
    waiting = cookies.read(cookies.PENDING)
    if waiting is not None:
        claim_pending(waiting)
        cookies.write(cookies.PENDING, None)


def _pair(user: User, method: "Method") -> None:
    """Remember that the password was proved beside another factor: a code by mail may stand in for that one now."""
    # A login costs this only where such codes are a second factor
    if method.name != _MAILED and _MAILED in find_login_policy().second:
        pair_password(user.id)


def find_candidate(at: Transaction) -> Candidate | None:
    """Who is to prove a second factor in this browser, for this purpose; None if nobody is."""
    pending = find_pending(cookies.read(cookies.PENDING) or "")
    if pending is not None and (at.progress is None or at.progress.marks.get(_MARK) == pending.user_id):
        user = find_user(pending.user_id)
        if user is not None and standing_of(exists=True, blocked_at=user.blocked_at).is_good:
            return Candidate(user=user, method=pending.method, amr=pending.amr, auth_time=None)
    session = current_session()
    if session is None or TWO_FACTORS in session.amr:
        return None
    user = find_user(session.user_id)
    first = "password" if "pwd" in session.amr else "email_code"
    if user is None:
        return None
    return Candidate(user=user, method=first, amr=session.amr, auth_time=session.auth_time, sid=session.sid)


def task_of(at: Transaction, candidate: Candidate) -> Task:
    """What the candidate has to do before this login is good."""
    policy = policy_for(at.client)
    enrolled = enrolled_factors(candidate.user.id)
    # Also for an app that wants another way in, what is one here can be proved
    whole = replace(policy, first=find_login_policy().first)
    usable = usable_factors(whole, enrolled, candidate.user, candidate.method)
    if at.progress is not None:
        # Whoever knows a password alone must not make a passkey beside what is there
        adds_passkey = insists_on_passkey(at.client) and has_own_factor(whole, enrolled)
        is_asked = adds_passkey or asks_two_factors(at.progress.request)
    else:
        # A page of the account asks, where there is a factor to prove
        is_asked = candidate.is_step_up and has_own_factor(policy, enrolled)
    return Task(demand=demand_of(policy, enrolled, usable, is_asked=is_asked), usable=tuple(usable))


def _sign_in(at: Transaction, user: User, amr: tuple[str, ...], how: str) -> Response:
    sid = sign_in(user, amr)
    if cookies.read(cookies.HINT) is not None:
        cookies.write(cookies.HINT, None)
    record(EventName.LOGIN_SUCCEEDED, user_id=user.id, client_id=at.client_id, session_id=sid, method=how)
    forget_pending()
    if at.progress is not None:
        at = at.marked_all({ACCOUNT: sid, "login": sid})
        return at.go(PASSKEY_OFFER) if is_passkey_offered(at, user, amr) else at.resume()
    return _onward(at, user)


def _step_up(at: Transaction, user: User, sid: str, amr: tuple[str, ...], how: str) -> Response:
    if not strengthen(user, sid, amr):
        return see_other(at.url(LOGIN))
    record(EventName.LOGIN_SUCCEEDED, user_id=user.id, client_id=at.client_id, session_id=sid, method=how)
    forget_pending()
    # A login made stronger is no new login: what asked for one (prompt=login, max_age) is not satisfied by it
    return at.marked(ACCOUNT, sid).resume() if at.progress is not None else _onward(at, user)


def _onward(at: Transaction, user: User) -> Response:
    """Where no app waits: to the page of ours that was asked for."""
    if user.is_admin:
        return see_other(at.return_to or ADMIN)
    return see_other(at.url(LOGIN) if wants_console(at) else at.return_to or LOGIN)


def _tell(at: Transaction, user_id: str | None, method: "Method", found: tuple[str, str, str]) -> None:
    check, expected, received = found
    told = {"reason": received, "method": method.name, "check": check, "expected": expected, "received": received}
    record(EventName.LOGIN_FAILED, user_id=user_id, client_id=at.client_id, outcome="refused", **told)


def is_passkey_offered(at: Transaction, user: User, amr: tuple[str, ...]) -> bool:
    """Whether a person on the way to an app is shown what would be faster the next time."""
    # The login page's script has said so: this browser can keep a passkey
    can = at.progress is not None and cookies.read(cookies.PASSKEYS) is not None
    is_way_in = "passkey" in policy_for(at.client).first and not insists_on_passkey(at.client)
    return can and is_way_in and may_be_offered(user, amr)


def wants_console(at: Transaction) -> bool:
    """Whether the person is on the way to the console."""
    return at.return_to is not None and at.return_to.startswith(ADMIN)
