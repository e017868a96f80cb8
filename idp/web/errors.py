"""The handler that renders what goes wrong outside the protocol: a calm page for browsers, JSON for everything else.

Each carries the reference id that also stands in the log.
"""

from urllib.parse import urlencode

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from idp.domain.errors import DomainError, InvalidInputError, NotFoundError, TryLaterError
from idp.infra import clock
from idp.infra.words import Moment, say
from idp.web import cookies, csrf, forms
from idp.web.brands import tenant_brand
from idp.web.pages import AppView, ErrorPage, FailedCheck, OperatorErrorPage, render
from idp.web.refusals import explain
from idp.web.request_facts import reference
from idp.web.return_paths import FRONT
from idp.web.settings import settings

#: Paths that programs call: their errors are JSON whatever the caller accepts.
_MACHINE_PATHS = ("/oauth/", "/userinfo", "/oidc/register", "/.well-known/", "/api/", "/metrics", "/healthz", "/readyz")
#: Paths that operators and developers see: their pages are in English.
_OPERATOR_PATHS = ("/admin", "/setup", "/dev/")
#: Pages that a person may open again. A path that somebody made up is none: `//evil.example` is another site.
_PAGES = ("/u/", "/account", "/admin", "/setup", "/authorize", "/oidc/logout", "/v2/logout")
#: Where a sign-in is gone on with, or begun again.
_RESUME = "/authorize/resume"
_STATUS = ((NotFoundError, 404), (InvalidInputError, 422), (TryLaterError, 429))
_WORDS = {
    400: (say("That did not work"), say("The request could not be understood.")),
    403: (say("That is not allowed"), say("This page cannot be used from where you came.")),
    404: (say("There is nothing here"), say("The address may be mistyped, or the page has moved.")),
    405: (say("That is not possible here"), say("This address does not take such a request.")),
    413: (say("That is too much"), say("What was sent is larger than can be taken.")),
    415: (say("That cannot be read"), say("What was sent is in a form that is not understood here.")),
    429: (say("One moment, please"), say("There were too many requests.")),
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
    usual = {"advice": _advice(), "action_url": FRONT, "action_label": say("Go to the front page")}
    values: dict[str, object] = {**usual, **more}
    kind = OperatorErrorPage if request.path.startswith(_OPERATOR_PATHS) else ErrorPage
    page = kind(
        title=title,
        message=message,
        reference=reference(),
        time=Moment(clock.now()),
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
        _explain_domain(error)
        way_on = _again() if isinstance(error, TryLaterError) else {}
        response = error_page(status, _WORDS.get(status, _WORDS[400])[0], error.message, **way_on)
    if isinstance(error, TryLaterError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _explain_domain(error: DomainError) -> None:
    if isinstance(error, TryLaterError):
        explain("rate limit", "fewer requests in a while", f"one more; the next is taken in {error.retry_after} s")
    else:
        explain(type(error).__name__, "what the rule asks for", str(error.message))


def busy(error: TryLaterError) -> Response:
    """More people sign in than this machine can check: nothing is wrong with the request (RFC 9110 §15.6.4)."""
    response = domain_error(error)
    response.status_code = 503
    # Shown in the form that is opened again
    typed, fault = forms.check_email(request.form.get("username") or request.form.get("email") or "")
    if fault is None:
        cookies.write(cookies.HINT, typed, cookies.HINT_SECONDS)
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
    title, message = say("Something went wrong"), say("This is our fault, not yours. It has been noted.")
    return error_page(500, title, message, **_again())


def _forgery(error: csrf.ForgeryError) -> Response:
    explain(*error.finding)
    return error_page(
        403,
        say("Please send that again"),
        say("For your safety, forms are only taken from our own pages, in the browser that opened them."),
        **_begin_again(),
    )


def _begin_again() -> dict[str, str]:
    """The button after a form that was not taken: the page anew; where its cookies are gone, its sign-in anew."""
    state = request.args.get("state")
    if state is None or cookies.find_browser_id() is not None or not request.path.startswith("/u/"):
        again = _again(say("Open the page again"))
    else:
        again = {"action_url": f"{_RESUME}?{urlencode({'state': state})}", "action_label": say("Start again")}
    # Under another name of this machine no form would ever be taken
    return again and {**again, "action_url": settings().origin + again["action_url"]}


def _again(label: str = say("Try again")) -> dict[str, str]:
    """The button that opens the same page once more, where it is one to open."""
    if not request.path.startswith(_PAGES):
        return {}
    return {"action_url": request.full_path.rstrip("?"), "action_label": label}


def _advice() -> str:
    if tenant_brand().support_url:
        return say("If it happens again, contact support and name the reference below.")
    return say("If it happens again, tell whoever runs this sign-in the reference below.")
