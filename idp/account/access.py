"""Who may see an account: its owner, signed in. What is sensitive wants a login of the last minutes.

NIST SP 800-63B-4 §2.1.3: whoever finds a browser signed in must not take the account over.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from idp.domain.credentials.factors import TWO_FACTORS, enrolled_factors, has_chosen_factor
from idp.domain.sessions.browser_sessions import LiveSession
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.models import User
from idp.domain.users.queries import get_user
from idp.infra import clock
from idp.web.sessions import current_session, sign_in

HOME = "/account"
FRESH_SECONDS = 5 * 60


class NotFreshError(Exception):
    """The login is too old for this. Rendered by sending the person to sign in again, and back."""


class NotStrongError(Exception):
    """The login did not prove the second factor that there is. Rendered by asking for it, and back."""


def check() -> Response | None:
    """Before each request: let pass who is signed in, with as many factors as everybody needs."""
    session = current_session()
    back = request.full_path.rstrip("?") if request.method == "GET" else HOME
    if session is None:
        return see_other(f"/u/login?{urlencode({'return_to': back})}")
    if find_login_policy().second_factor == "required" and TWO_FACTORS not in session.amr:
        return see_other(f"/u/second-factor?{urlencode({'return_to': back})}")
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


def require_strong() -> None:
    """Go on only with a fresh login by the second factor, for who has one: another may be set up in its place.

    A policy that asks for none leaves it to apps to ask (RFC 9470): what they hear has to be true.

    Raises:
        NotFreshError: it is older.
        NotStrongError: it was by one factor.
    """
    require_fresh()
    session = owner()
    if TWO_FACTORS not in session.amr and has_chosen_factor(find_login_policy(), enrolled_factors(session.user_id)):
        raise NotStrongError


def note_second_factor(amr: Sequence[str]) -> None:
    """Let what was just set up, and proved by that, count for this login: under a new id, as at each rise."""
    session = owner()
    if TWO_FACTORS not in session.amr:
        sign_in(owner_user(), tuple(dict.fromkeys((*session.amr, *amr, TWO_FACTORS))), session.auth_time)


def prove_it(_error: NotStrongError) -> Response:
    """To the second factor, and back to the page."""
    return see_other(f"/u/second-factor?{urlencode({'return_to': request.full_path.rstrip('?')})}")


def sign_in_again(_error: NotFreshError) -> Response:
    """To the login, and back to the page; of a form that was sent, to the page that shows it."""
    return see_other(f"/u/login?{urlencode({'return_to': request.full_path.rstrip('?'), 'fresh': '1'})}")


def see_other(url: str) -> Response:
    """Go there with GET."""
    return make_response(redirect(url, 303))
