"""/account/password: change it, set one, or do without."""

from flask import Response

from idp.account import security
from idp.account.access import (
    NotFreshError,
    is_fresh,
    owner,
    owner_user,
    require_factor,
    require_fresh,
    require_strong,
    see_other,
)
from idp.account.pages import PasswordPage, PasswordRemovePage
from idp.domain.credentials.authentication import Attempt, Outcome, authenticate, prepare_password
from idp.domain.credentials.hashing import place
from idp.domain.credentials.passwords import find_hash, find_password_since
from idp.domain.lifecycle.passwords import (
    Change,
    PasswordMovedError,
    change_password,
    other_ways_in,
    remove_own_password,
)
from idp.domain.lifecycle.ways_in import LastWayInError
from idp.domain.sessions.browser_sessions import SignedOutError
from idp.domain.users.models import User
from idp.infra.words import Span, say
from idp.web import cookies, forms
from idp.web.pages import render
from idp.web.refusals import explain
from idp.web.sessions import know_device, look_again
from idp.web.settings import settings

PATH = "/account/password"
REMOVE_PATH = f"{PATH}/remove"
WRONG = say("That is not your password. Try again, or sign out and choose a new one there.")
EMPTY = say("Enter your current password.")


def show() -> Response:
    """The form; who has no password yet and signed in long ago, signs in again first."""
    _check(had_one=_has_password())
    return _page(owner_user())


def submit() -> Response:
    """Set the password."""
    had_one = _has_password()
    _check(had_one=had_one)
    with place():  # who is refused has cost no hash
        return _change(owner_user(), had_one=had_one)


def show_remove() -> Response:
    """Is it meant?"""
    require_strong()
    if not _has_password():
        return see_other(security.PATH)
    return render(PasswordRemovePage(email=owner().email, error=None if other_ways_in(owner_user()) else _only_way()))


def remove() -> Response:
    """Do without."""
    require_strong()
    try:
        remove_own_password(owner_user())
    except LastWayInError:
        explain("what is left to sign in with", "another way in", "the removal of the last")
        return render(PasswordRemovePage(email=owner().email, error=_only_way()), forms.REFUSED)
    return see_other(f"{security.PATH}?notice=password_removed")


def _check(*, had_one: bool) -> None:
    """A login that is not fresh is made so by the password now, where there is one; the second factor stays asked for.

    Raises:
        NotFreshError: it is old, and there is none.
        NotStrongError: it was by one factor, and there are two.
    """
    if not had_one:
        require_fresh()
    require_factor()


def _change(user: User, *, had_one: bool) -> Response:
    everywhere = forms.read("sign_out_everywhere") == "yes"
    password = forms.read("password")
    problem = forms.password_problem(password, [user.email])
    if had_one and not is_fresh():
        attempt = _check_current(user)
        if attempt is None or attempt.outcome is not Outcome.SUCCEEDED:
            return _refuse(user, attempt, everywhere=everywhere)
    if problem:
        return _page(user, forms.REFUSED, password_error=problem, sign_out_everywhere=everywhere)
    seen = find_hash(user.id)
    change = Change(seen=seen, stored=prepare_password(password))
    try:
        change_password(user, change, cookies.device_id(), keep=owner().sid, everywhere=everywhere)
    except SignedOutError:
        look_again()
        raise NotFreshError from None
    except PasswordMovedError as moved:
        explain("password", "the one that there was when the form was sent", "another one, set meanwhile")
        return _page(user, forms.REFUSED, password_error=moved.message, sign_out_everywhere=everywhere)
    know_device(user)
    return see_other(f"{security.PATH}?notice={'password_changed' if had_one else 'password_set'}")


def _check_current(user: User) -> Attempt | None:
    """Whether the password now is right: counted as any other try at it. None if it was not given."""
    current = forms.read("current_password")
    return authenticate(user.email, current, cookies.device_id()) if current else None


def _refuse(user: User, attempt: Attempt | None, *, everywhere: bool) -> Response:
    if attempt is not None and attempt.outcome is Outcome.THROTTLED:
        error = say("Too many wrong tries. Wait {time}, then try again.", time=Span(attempt.retry_after))
        page = _page(user, forms.TOO_MANY, current_error=error, sign_out_everywhere=everywhere)
        return forms.slowed(page, attempt.retry_after)
    return _page(
        user, forms.REFUSED, current_error=WRONG if attempt is not None else EMPTY, sign_out_everywhere=everywhere
    )


def _page(user: User, status: int = 200, **values: str | bool | None) -> Response:
    has_password = _has_password()
    page = PasswordPage(
        email=user.email,
        min_length=settings().password_min_length,
        has_password=has_password,
        asks_current=has_password and not is_fresh(),
        can_remove=has_password and bool(other_ways_in(user)),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def _has_password() -> bool:
    return find_password_since(owner().user_id) is not None


def _only_way() -> str:
    return say("Your password is your only way in. Add a passkey first, then remove it.")
