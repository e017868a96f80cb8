"""Which path leads where. Browsers of registered origins may call what apps call; the public documents are for all."""

from typing import Any

from flask import Blueprint, request
from werkzeug.exceptions import MethodNotAllowed

from idp.config import Settings
from idp.oauth.endpoints import authorize, introspect, register, revoke, token, userinfo, well_known
from idp.oauth.grants import GRANTS
from idp.oauth.logout import auth0, rp_initiated, session_management
from idp.oauth.server import EXTENSION, IdpAuthorizationServer
from idp.web import cors

PAGES = (
    ("/authorize", authorize.authorize, ("GET", "POST")),
    ("/authorize/resume", authorize.resume, ("GET",)),
    ("/oidc/logout", rp_initiated.logout, ("GET", "POST")),
    ("/oidc/session", session_management.check_session, ("GET",)),
    ("/v2/logout", auth0.v2_logout, ("GET",)),
)
CALLED = (
    ("/oauth/token", token.token, ("POST",)),
    ("/oauth/revoke", revoke.revoke, ("POST",)),
    ("/userinfo", userinfo.userinfo, ("GET", "POST")),
)
BACK_CHANNEL = (
    ("/oauth/introspect", introspect.introspect, ("POST",)),
    ("/oidc/register", register.register, ("POST",)),
    ("/oidc/register/<client_id>", register.configuration, ("GET", "PUT", "DELETE")),
)


def create_blueprints(settings: Settings) -> list[Blueprint]:
    """The protocol's endpoints, in groups by who may call them from a browser."""
    pages = Blueprint("oauth_pages", __name__)
    called = Blueprint("oauth", __name__)
    back_channel = Blueprint("oauth_back_channel", __name__)
    public = Blueprint("well_known", __name__)
    for blueprint, rules in ((pages, PAGES), (called, CALLED), (back_channel, BACK_CHANNEL)):
        for path, view, methods in rules:
            blueprint.add_url_rule(path, view.__name__, view, methods=methods)
    for path, build in well_known.DOCUMENTS:
        blueprint_name = path.rpartition("/")[2].replace("-", "_")
        public.add_url_rule(path, blueprint_name, well_known.document(build, settings))
    public.add_url_rule("/.well-known/jwks.json", "jwks", well_known.jwks)
    pages.before_request(_refuse_head)
    cors.allow_registered(called)
    cors.allow_everyone(public)
    called.record_once(lambda state: _install_server(state.app.extensions))
    return [pages, called, back_channel, public]


def _refuse_head() -> None:
    """Flask answers HEAD wherever it answers GET; here a GET issues codes and ends logins, which a look must not."""
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET", "POST"])


def _install_server(extensions: dict[str, Any]) -> None:
    server = IdpAuthorizationServer()
    for grant, rules in GRANTS:
        server.register_grant(grant, rules)
    extensions[EXTENSION] = server
