"""/setup: whoever holds the one-time link that `idp start` printed makes the first administrator."""

from flask import Response, request

from idp.admin.access import see_other
from idp.admin.pages import SetupPage
from idp.domain.credentials.authentication import prepare_password
from idp.domain.credentials.password_policy import problems
from idp.domain.errors import InvalidInputError
from idp.domain.lifecycle.setup import SetupOverError, check_setup_link, create_first_administrator
from idp.domain.users.accounts import EmailTakenError
from idp.domain.users.addresses import parse_email
from idp.web.errors import error_page
from idp.web.pages import render
from idp.web.sessions import sign_in
from idp.web.settings import settings

NEXT = "/admin/apps/new"
_REFUSED = 422


def show() -> Response:
    """The form, for whoever holds the link."""
    check_setup_link(_token())
    return _form()


def submit() -> Response:
    """Make the administrator, and sign in."""
    check_setup_link(_token())
    typed, password = request.form.get("email", ""), request.form.get("password", "")
    email, email_error = _check_email(typed)
    found = problems(password, [email, settings().name], settings().password_min_length)
    if email_error or found:
        return _form(_REFUSED, email=email, email_error=email_error, password_error=" ".join(found) or None)
    try:
        user = create_first_administrator(_token(), email, prepare_password(password))
    except EmailTakenError as error:
        return _form(_REFUSED, email=email, email_error=error.message)
    sign_in(user, ["pwd"])
    return see_other(NEXT)


def show_over(error: SetupOverError) -> Response:
    """The link is not good: say how to get on."""
    return error_page(
        410,
        "This set-up link is over",
        error.message,
        advice="While there is no administrator, each start of the server prints a new link. Or make one by a command:",
        command="idp users create you@example.com --admin",
        action_url="/admin",
        action_label="Go to the console",
    )


def _token() -> str:
    return request.args.get("token", "")


def _check_email(typed: str) -> tuple[str, str | None]:
    try:
        return parse_email(typed), None
    except InvalidInputError as error:
        return typed, error.message


def _form(status: int = 200, **values: str | None) -> Response:
    page = SetupPage(
        action=request.full_path,
        issuer=settings().issuer,
        min_length=settings().password_min_length,
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)
