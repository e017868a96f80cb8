"""Reading forms: each field once, as text; what cannot be used is told at the field."""

from collections.abc import Iterable

from flask import Response, abort, request

from idp.domain.credentials.password_policy import problems
from idp.domain.errors import InvalidInputError
from idp.domain.users.addresses import parse_email
from idp.web.settings import settings

#: The status of a form that is shown again, whatever is wrong with it: no status tells one reason from another.
REFUSED = 422
#: That of a form which takes nothing for a while (RFC 6585 §4).
TOO_MANY = 429


def read(name: str) -> str:
    """The value of a field, "" if it is not there. A field that is there twice is no form of ours: 400."""
    values = request.form.getlist(name)
    if len(values) > 1:
        abort(400)
    return values[0] if values else ""


def slowed(response: Response, seconds: int) -> Response:
    """The page, which also tells programs when to come back (RFC 9110 §10.2.3)."""
    response.headers["Retry-After"] = str(seconds)
    return response


def check_email(raw: str) -> tuple[str, str | None]:
    """The address, and what is wrong with it."""
    try:
        return parse_email(raw), None
    except InvalidInputError as error:
        return raw, error.message


def password_problem(password: str, context: Iterable[str]) -> str | None:
    """What is wrong with a new password; `context` is what others would try first, beside this deployment's name."""
    found = problems(password, [*context, settings().name], settings().password_min_length)
    return next(iter(found), None)
