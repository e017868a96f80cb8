"""A confidential web app on Authlib's own Flask client, told the issuer, a client id and a secret."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, jsonify, redirect, session

SCOPE = "openid profile email offline_access"


def create_flask_app(
    issuer: str, client: dict[str, Any], own_url: str, *, scope: str = SCOPE, audience: str | None = None
) -> Flask:
    """The app; it answers JSON where a real one would show pages."""
    app = Flask("flask_app")
    app.secret_key = "of the app, not of the provider"
    app.config["SESSION_COOKIE_NAME"] = "flask_app"
    provider = OAuth(app).register(
        "provider",
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        server_metadata_url=f"{issuer}.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256"},
    )
    pages = Pages(provider, own_url, {"audience": audience} if audience else {})
    for view in (pages.login, pages.callback, pages.userinfo, pages.refresh, pages.logout, pages.bye):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    return app


@dataclass
class Pages:
    """The pages, for the one person who uses the app at a time; `token` is what they have."""

    provider: Any
    own_url: str
    asked: dict[str, str]
    token: dict[str, Any] = field(default_factory=dict)

    def login(self) -> Any:
        return self.provider.authorize_redirect(f"{self.own_url}callback", **self.asked)

    def callback(self) -> Response:
        self.token = self.provider.authorize_access_token()  # checks state, nonce, and the ID token's signature
        session["signed_in"] = True
        claims = dict(self.token.pop("userinfo"))
        return jsonify(claims=claims, token=self.token)

    def userinfo(self) -> Response:
        return jsonify(self.provider.userinfo(token=self.token))

    def refresh(self) -> Response:
        old = self.token["refresh_token"]
        self.token = self.provider.fetch_access_token(grant_type="refresh_token", refresh_token=old)
        return jsonify(token=self.token, claims=dict(self.provider.parse_id_token(self.token, nonce=None)))

    def logout(self) -> Any:
        session.clear()
        hint, back = self.token["id_token"], f"{self.own_url}bye"
        query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": back, "state": "s1"})
        return redirect(f"{self.provider.load_server_metadata()['end_session_endpoint']}?{query}")

    def bye(self) -> Response:
        return jsonify(signed_in="signed_in" in session)
