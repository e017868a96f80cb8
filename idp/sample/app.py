"""The sample app's pages: sign up, sign in, look at the tokens, refresh them, call an API, sign out.

An ordinary relying party on Authlib's client: the authorization code flow with PKCE, state and nonce. What it shares
with the provider is how its pages look.
"""

import hmac
import secrets
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, current_app, redirect, request, session
from joserfc.errors import JoseError
from werkzeug.exceptions import HTTPException

from idp.sample.api import create_api
from idp.sample.pages import SampleAccountPage, SampleErrorPage, SampleHomePage
from idp.sample.registration import Registration
from idp.sample.sessions import HeldSession, MemorySessions
from idp.sample.tokens import indented, views
from idp.web import pages

SCOPES = "openid profile email offline_access"
PROVIDER = "provider"
_TIMEOUT_SECONDS = 10
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' {provider}"
)


class ForgedFormError(Exception):
    """A form came from another site, or from before a restart."""


def create_sample_app(registration: Registration) -> Flask:
    """The app, registered so."""
    app = Flask("idp.sample", static_folder=None)
    app.session_interface = MemorySessions()
    app.config["REGISTRATION"] = registration
    pages.install(app, lambda: pages.Brand(name="Sample app"))
    app.jinja_env.globals["csrf_token"] = _csrf_token
    oauth = OAuth(app)
    oauth.register(
        PROVIDER,
        client_id=registration.client_id,
        client_secret=registration.client_secret,
        server_metadata_url=f"{registration.issuer}.well-known/openid-configuration",
        client_kwargs={
            "scope": f"{SCOPES} {registration.scope}",
            "code_challenge_method": "S256",
            "verify": registration.authority or True,
            "default_timeout": _TIMEOUT_SECONDS,
        },
    )
    app.register_blueprint(_create_pages())
    app.register_blueprint(create_api(registration))
    app.after_request(_secure)
    for kind, handler in _HANDLERS:
        app.register_error_handler(kind, handler)
    return app


def _create_pages() -> Blueprint:
    blueprint = Blueprint("pages", __name__)
    blueprint.before_request(_check_form)
    for path, method, view in _PAGES:
        blueprint.add_url_rule(path, view.__name__, view, methods=[method])
    return blueprint


def home() -> Response:
    """Who is signed in sees the tokens; anybody else is asked in."""
    tokens = session.get("tokens")
    if tokens is None:
        return pages.render(SampleHomePage(issuer=_registration().issuer, notice=session.pop("notice", None)))
    person = session["person"]
    page = SampleAccountPage(
        issuer=_registration().issuer,
        name=person.get("name") or person.get("nickname") or person.get("email") or person["sub"],
        email=person.get("email", ""),
        email_verified=bool(person.get("email_verified")),
        tokens=views(tokens),
        can_refresh="refresh_token" in tokens,
        notice=session.pop("notice", None),
        error=session.pop("error", None),
        **session.pop("api", {}),
    )
    return pages.render(page)


def login() -> Response:
    """To the provider."""
    return _go_to_provider()


def signup() -> Response:
    """To the provider's sign-up page, also where somebody is signed in: the administrator, say, who tries this out."""
    return _go_to_provider(prompt="create")


def callback() -> Response:
    """Back from the provider: the code becomes tokens, and the ID token says who came."""
    if request.args.get("state") is None and not request.args.get("error"):
        return _home()
    if "tokens" in session and f"_state_{PROVIDER}_{request.args.get('state')}" not in session:
        return _home()  # the back button, after all went well
    tokens = _provider().authorize_access_token()
    person = dict(tokens.pop("userinfo"))
    _forget()
    session["tokens"], session["person"] = dict(tokens), person
    return _home()


def refresh() -> Response:
    """Trade the refresh token for fresh tokens."""
    tokens = session.get("tokens") or {}
    try:
        fresh = _provider().fetch_access_token(grant_type="refresh_token", refresh_token=tokens.get("refresh_token"))
    except AuthlibBaseError as error:
        session["error"] = f"The provider gives no fresh tokens ({error.error}). Sign out, and in again."
        return _home()
    session["tokens"] = {**tokens, **fresh}
    session["notice"] = "Fresh tokens: compare their iat and exp."
    return _home()


def call_api() -> Response:
    """Call the API with the access token, as any program would."""
    token = (session.get("tokens") or {}).get("access_token", "")
    answer = requests.get(
        f"http://127.0.0.1:{_registration().port}/api/messages",
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT_SECONDS,
    )
    session["api"] = {
        "api_answer": indented(answer.json()),
        "api_status": f"{answer.status_code} {HTTPStatus(answer.status_code).phrase}",
        "api_ok": answer.ok,
    }
    return _home()


def logout() -> Response:
    """Sign out here, then at the provider (OpenID Connect RP-Initiated Logout)."""
    hint = (session.get("tokens") or {}).get("id_token")
    _forget()
    session["notice"] = "You are signed out here and at the provider."
    return _see_other(_provider().logout_redirect(_registration().url, hint).location)


_PAGES = (
    ("/", "GET", home),
    ("/login", "GET", login),
    ("/signup", "GET", signup),
    ("/callback", "GET", callback),
    ("/refresh", "POST", refresh),
    ("/call-api", "POST", call_api),
    ("/logout", "POST", logout),
)


def _go_to_provider(**more: str) -> Response:
    known = _registration()
    return _see_other(_provider().authorize_redirect(known.callback, audience=known.audience, **more).location)


def _provider_refused(error: AuthlibBaseError) -> Response:
    if error.error == "access_denied":
        return _error_page("You did not sign in", "You chose to come back without signing in.", "access_denied", 403)
    if error.error == "mismatching_state":
        return _error_page("That took a detour", "This answer belongs to an older try.", None, 400)
    message = error.description or "The provider refused."
    return _error_page("Signing in did not work", str(message), str(error.error or ""), 400)


def _provider_is_away(_error: requests.RequestException) -> Response:
    return _error_page("The provider does not answer", "Is it running? Try again in a moment.", None, 503)


def _bad_token(error: JoseError) -> Response:
    return _error_page("A token that cannot be trusted", str(error), error.error, 400)


def _forged(_error: ForgedFormError) -> Response:
    return _error_page("Please do that again", "This page was opened before the app was restarted.", None, 403)


def _not_found(error: HTTPException) -> Response:
    return _error_page("There is nothing here", "The address may be mistyped.", None, error.code or 404)


_HANDLERS: tuple[tuple[type[Exception], Any], ...] = (
    (AuthlibBaseError, _provider_refused),
    (requests.RequestException, _provider_is_away),
    (JoseError, _bad_token),
    (ForgedFormError, _forged),
    (HTTPException, _not_found),
)


def _error_page(title: str, message: str, code: str | None, status: int) -> Response:
    page = SampleErrorPage(issuer=_registration().issuer, title=title, message=message, code=code or None)
    return pages.render(page, status)


def _check_form() -> None:
    if request.method == "POST" and not hmac.compare_digest(
        request.form.get("csrf_token", "").encode(), _csrf_token().encode()
    ):
        raise ForgedFormError


def _csrf_token() -> str:
    token: str = session.setdefault("csrf", secrets.token_urlsafe(32))
    return token


def _forget() -> None:
    held = _held()
    cast("MemorySessions", current_app.session_interface).forget(held.id)
    held.renew()


def _held() -> HeldSession:
    return cast("HeldSession", cast("Any", session)._get_current_object())  # noqa: SLF001 -- Flask's way behind a proxy


def _registration() -> Registration:
    found: Registration = current_app.config["REGISTRATION"]
    return found


def _provider() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].create_client(PROVIDER)


def _home() -> Response:
    return _see_other("/")


def _see_other(url: str | None) -> Response:
    return cast("Response", redirect(url or "/", 303))


def _secure(response: Response) -> Response:
    parts = urlsplit(_registration().issuer)
    response.headers["Content-Security-Policy"] = _POLICY.format(provider=f"{parts.scheme}://{parts.netloc}")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
