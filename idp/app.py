"""`create_app`: the one module that knows all the others. It wires; it decides nothing."""

from collections.abc import Callable
from typing import Any, cast

import structlog
from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Request as WerkzeugRequest

from idp.account import door as account_door
from idp.admin import door as admin_door
from idp.config import Settings
from idp.domain.errors import TryLaterError
from idp.domain.tenant import settings as tenant_settings
from idp.infra import clock, metrics
from idp.infra.db import commit, db, engine_options, engine_url, is_unavailable, rollback
from idp.infra.words import say
from idp.login import door as login_door
from idp.oauth import door as oauth_door
from idp.web import brands, cookies, csrf, errors, headers, mailbox, operations, pages, request_facts
from idp.web.incoming import IncomingRequest

MAXIMUM_BODY_BYTES = 1024 * 1024
#: Somewhat more than is taken: whoever sent a body a little too large hears so, instead of a connection cut off.
UNREAD_BODY_BYTES = 2 * MAXIMUM_BODY_BYTES
MAXIMUM_FORM_PARTS = 200
RETRY_AFTER_SECONDS = "2"
#: No rule asks for a host, and no address is built of one.
_ANY_HOST = "idp"

log = structlog.get_logger("idp")


class NoCookieSessions(SecureCookieSessionInterface):
    """Flask's own cookie session is never used: ours are rows on the server."""

    def open_session(self, app: Flask, request: WerkzeugRequest) -> None:
        """No session; costs nothing."""
        del app, request

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


class IdpFlask(Flask):
    """Flask with one commit a request: after the response is built, if its status is below 500.

    Refusals commit too: a replayed token must revoke its family, a failed login must count.
    """

    request_class = IncomingRequest
    session_interface = NoCookieSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No function here is asynchronous: Flask would look at each, each time."""
        return func

    def create_url_adapter(self, request: WerkzeugRequest | None) -> MapAdapter | None:
        """By the path alone: the issuer is settled, whatever host a request names."""
        if request is None:
            return super().create_url_adapter(None)
        environ = request.environ
        path = environ["PATH_INFO"].encode("latin1").decode(errors="replace")
        scheme, method, query = environ["wsgi.url_scheme"], environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
        return MapAdapter(self.url_map, _ANY_HOST, "/", "", scheme, path, method, query)

    def finalize_request(self, rv: ResponseReturnValue | HTTPException, from_error_handler: bool = False) -> Response:  # noqa: FBT001, FBT002 -- Flask's signature
        """Commit or roll back, read what is left of the request, then let the response go."""
        response = self._settle(rv, from_error_handler=from_error_handler)
        # After the commit: no lock waits for a slow sender
        cast("IncomingRequest", request).read_rest(UNREAD_BODY_BYTES)
        return response

    def _settle(self, rv: ResponseReturnValue | HTTPException, *, from_error_handler: bool) -> Response:
        response = super().finalize_request(rv, from_error_handler)
        if response.status_code >= 500 or from_error_handler:  # noqa: PLR2004 -- server errors
            rollback()
            return response
        try:
            commit()
        except Exception as error:
            rollback()
            if not is_unavailable(error):
                raise
            return super().finalize_request(_unavailable(error), from_error_handler=True)
        return response


def create_app(settings: Settings, *, sample_client_id: str | None = None) -> Flask:
    """An app that serves everything, for these settings. Makes no table and no key: `idp start` does."""
    app = IdpFlask("idp", static_folder=None)
    app.config["IDP"] = settings
    app.config["SAMPLE_CLIENT_ID"] = sample_client_id
    app.config["MAX_CONTENT_LENGTH"] = MAXIMUM_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAXIMUM_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MAXIMUM_FORM_PARTS
    app.url_map.redirect_defaults = False
    app.url_map.merge_slashes = False
    tenant_settings.use(settings)
    _connect_database(app, settings)
    pages.install(app, brands.tenant_brand)
    app.jinja_env.globals["csrf_token"] = csrf.csrf_token
    _register_hooks(app)
    _register_errors(app)
    for blueprint in (
        oauth_door.create_blueprints(settings)
        + [
            login_door.create_blueprint(),
            account_door.create_blueprint(),
            admin_door.create_blueprint(),
            brands.create_blueprint(),
            operations.create_blueprint(),
        ]
        + ([mailbox.create_blueprint()] if settings.shows_mailbox else [])
    ):
        app.register_blueprint(blueprint)
    return app


def _connect_database(app: Flask, settings: Settings) -> None:
    url = engine_url(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)


def _register_hooks(app: Flask) -> None:
    # One hook each way: every one costs all requests.
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.began = clock.monotonic()
    request_facts.begin()


def _finish(response: Response) -> Response:
    cookies.apply(response)
    headers.secure(response)
    request_facts.finish(response)
    metrics.observe_request(request.endpoint or "none", response.status_code, clock.monotonic() - g.began)
    return response


def _register_errors(app: Flask) -> None:
    app.register_error_handler(Exception, _handle)
    errors.install(app)


def _handle(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException):
        return errors.http_error(error)
    if is_unavailable(error):
        return _unavailable(error)
    log.error("request failed", reference=request_facts.reference(), endpoint=request.endpoint, exc_info=error)
    rollback()
    g.pop("cookie_changes", None)
    return errors.failure()


def _unavailable(error: Exception) -> Response:
    rollback()
    log.warning("database unavailable", reference=request_facts.reference(), error=type(error).__name__)
    response = errors.domain_error(
        TryLaterError(say("This is taking longer than it should. Try again in a moment."), 2)
    )
    response.status_code = 503
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
