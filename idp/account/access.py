"""Who may see an account: its owner, signed in. What is sensitive wants a login of the last minutes.

NIST SP 800-63B-4 §2.1.3: whoever finds a browser signed in must not take the account over.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from idp.domain.credentials.factors import TWO_FACTORS, enrolled_factors, has_own_factor
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.models import User
from idp.domain.users.queries import find_user, get_user
from idp.infra import clock
from idp.web.sessions import current_session, hold_session, prefer_session, strengthen

HOME = "/account"
DELETED_PATH = "/account/deleted"
FRESH_SECONDS = 5 * 60


class NotFreshError(Exception):
    """The login is too old for this. Rendered by sending the person to sign in again, and back."""


class NotStrongError(Exception):
    """The login did not prove the second factor that there is. Rendered by asking for it, and back."""


def check() -> Response | None:
    """Before each request: let pass who is signed in, with as many factors as everybody needs.

    A form that comes just when the person is signed out everywhere is looked at after that, or makes it wait.
    """
    session = current_session()
    if session is not None and request.method == "POST" and hold_session() is None:
        if find_user(session.user_id) is None:
            return see_other(DELETED_PATH)
        session = None
    back = request.full_path.rstrip("?") if request.method == "GET" else HOME
    if session is None:
        return see_other(f"/u/login?{urlencode({'return_to': back})}")
    if find_login_policy().second_factor == "required" and TWO_FACTORS not in session.amr:
        return _to_second_factor(session, back)
    return None


def owner() -> LiveSession:
    """The login of whoever asks; `check` has seen to it."""
    session = current_session()
    if session is None:
        raise LookupError("an account page was reached without `check`")
    return session


def owner_user() -> User:
    """The account of whoever asks."""
    return get_user(owner().user_id)


def is_fresh() -> bool:
    """Whether the login is of the last five minutes."""
    return clock.now() - owner().auth_time <= FRESH_SECONDS


def require_fresh() -> None:
    """Go on only with a login of the last five minutes.

    Raises:
        NotFreshError: it is older.
    """
    if not is_fresh():
        raise NotFreshError


def asks_first() -> bool:
    """Whether there is a passkey or an authenticator app, which is proved before anything sensitive."""
    return has_own_factor(find_login_policy(), enrolled_factors(owner().user_id))


def require_strong() -> None:
    """Go on only with a fresh login by two factors, for who has one to prove: for all that is sensitive.

    A policy that asks for none leaves it to apps to ask (RFC 9470): what they hear has to be true. Nor does a
    login by password wait for a passkey that is a way in; but whoever knows the password must not add to it.

    Raises:
        NotFreshError: it is older.
        NotStrongError: it was by one factor.
    """
    require_fresh()
    require_factor()


def require_factor() -> None:
    """Go on only with a login by two factors, for who has one to prove, be it an old login.

    Raises:
        NotStrongError: it was by one factor.
    """
    if TWO_FACTORS not in owner().amr and asks_first():
        raise NotStrongError


def note_second_factor(amr: Sequence[str]) -> None:
    """Let what was just set up, and proved by that, count for this login: under a new id, as at each rise."""
    session = owner()
    if TWO_FACTORS not in session.amr:
        strengthen(owner_user(), session.sid, tuple(dict.fromkeys((*session.amr, *amr, TWO_FACTORS))))


def prove_it(_error: NotStrongError) -> Response:
    """To the second factor, and back to the page."""
    return _to_second_factor(owner(), request.full_path.rstrip("?"))


def sign_in_again(_error: NotFreshError) -> Response:
    """To the login, and back to the page; of a form that was sent, to the page that shows it."""
    return see_other(f"/u/login?{urlencode({'return_to': request.full_path.rstrip('?'), 'fresh': '1'})}")


def see_other(url: str) -> Response:
    """Go there with GET."""
    return make_response(redirect(url, 303))


def _to_second_factor(session: LiveSession, back: str) -> Response:
    prefer_session(session)
    return see_other(f"/u/second-factor?{urlencode({'return_to': back})}")
