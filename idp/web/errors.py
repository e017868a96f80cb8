"""The handler that renders what goes wrong outside the protocol: a calm page for browsers, JSON for everything else.

Each carries the reference id that also stands in the log.
"""

from datetime import UTC, datetime

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from idp.domain.errors import DomainError, InvalidInputError, NotFoundError, TryLaterError
from idp.web import csrf
from idp.web.pages import AppView, ErrorPage, FailedCheck, render
from idp.web.request_facts import reference
from idp.web.return_paths import FRONT
from idp.web.settings import settings

#: Paths that programs call: their errors are JSON whatever the caller accepts.
_MACHINE_PATHS = ("/oauth/", "/userinfo", "/oidc/register", "/.well-known/", "/api/", "/metrics", "/healthz", "/readyz")
#: Pages that a person may open again. A path that somebody made up is none: `//evil.example` is another site.
_PAGES = ("/u/", "/admin", "/setup", "/authorize", "/oidc/logout", "/v2/logout")
_STATUS = ((NotFoundError, 404), (InvalidInputError, 422), (TryLaterError, 429))
_WORDS = {
    400: ("That did not work", "The request could not be understood."),
    403: ("That is not allowed", "This page cannot be used from where you came."),
    404: ("There is nothing here", "The address may be mistyped, or the page has moved."),
    405: ("That is not possible here", "This address does not take such a request."),
    413: ("That is too much", "What was sent is larger than can be taken."),
    415: ("That cannot be read", "What was sent is in a form that is not understood here."),
    429: ("One moment, please", "There were too many requests."),
}


def install(app: Flask) -> None:
    """Handle the domain's errors and forged forms."""
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(csrf.ForgeryError, _forgery)


def is_for_program() -> bool:
    """Whether the caller is a program, to be answered in JSON."""
    return request.path.startswith(_MACHINE_PATHS)


def json_error(status: int, error: str, description: str) -> Response:
    """An error as OAuth words it (RFC 6749 §5.2)."""
    body = orjson.dumps({"error": error, "error_description": description})
    response = Response(body, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def error_page(
    status: int, title: str, message: str, **more: str | AppView | tuple[FailedCheck, ...] | None
) -> Response:
    """A calm page with the reference id and a button; see `ErrorPage` for what else it may show."""
    usual = {"advice": _advice(), "action_url": FRONT, "action_label": "Go to the front page"}
    values: dict[str, object] = {**usual, **more}
    page = ErrorPage(
        title=title,
        message=message,
        reference=reference(),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        **values,  # type: ignore[arg-type]
    )
    return render(page, status)


def domain_error(error: DomainError) -> Response:
    """A rule of the domain was not met."""
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
    if is_for_program():
        name = "temporarily_unavailable" if isinstance(error, TryLaterError) else "invalid_request"
        response = json_error(status, name, error.message)
    else:
        way_on = _again() if isinstance(error, TryLaterError) else {}
        response = error_page(status, _WORDS.get(status, _WORDS[400])[0], error.message, **way_on)
    if isinstance(error, TryLaterError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def http_error(error: HTTPException) -> Response:
    """What Flask and Werkzeug raise: not found, wrong method, too large."""
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004 -- a redirect
        return current_app.make_response(error.get_response())
    title, message = _WORDS.get(status, _WORDS[400])
    response = (
        json_error(status, "invalid_request", message) if is_for_program() else error_page(status, title, message)
    )
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def failure() -> Response:
    """A fault of ours: nothing of it is shown but the reference id."""
    if is_for_program():
        return json_error(500, "server_error", f"Something went wrong on our side; reference {reference()}.")
    return error_page(500, "Something went wrong", "This is our fault, not yours. It has been noted.", **_again())


def _forgery(_error: csrf.ForgeryError) -> Response:
    return error_page(
        403,
        "Please send that again",
        "For your safety, forms are only taken from our own pages, in the browser that opened them.",
        **_again("Open the page again"),
    )


def _again(label: str = "Try again") -> dict[str, str]:
    """The button that opens the same page once more, where it is one to open."""
    if not request.path.startswith(_PAGES):
        return {}
    return {"action_url": request.full_path.rstrip("?"), "action_label": label}


def _advice() -> str:
    if settings().support_url:
        return "If it happens again, contact support and name the reference below."
    return "If it happens again, tell whoever runs this sign-in the reference below."
