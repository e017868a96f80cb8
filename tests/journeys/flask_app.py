"""A confidential web app on Authlib's own Flask client, told the issuer, a client id and a secret."""

from typing import Any
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, jsonify, redirect, session

SCOPE = "openid profile email offline_access"


def create_flask_app(issuer: str, client: dict[str, Any], own_url: str) -> Flask:
    """The app; it answers JSON where a real one would show pages."""
    app = Flask("flask_app")
    app.secret_key = "of the app, not of the provider"
    app.config["SESSION_COOKIE_NAME"] = "flask_app"
    provider = OAuth(app).register(
        "provider",
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        server_metadata_url=f"{issuer}.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    kept: dict[str, Any] = {}

    @app.get("/login")
    def login() -> Any:
        return provider.authorize_redirect(f"{own_url}callback")

    @app.get("/callback")
    def callback() -> Response:
        kept["token"] = provider.authorize_access_token()  # checks state, nonce, and the ID token's signature
        session["signed_in"] = True
        claims = dict(kept["token"].pop("userinfo"))
        return jsonify(claims=claims, token=kept["token"])

    @app.get("/userinfo")
    def userinfo() -> Response:
        return jsonify(provider.userinfo(token=kept["token"]))

    @app.get("/refresh")
    def refresh() -> Response:
        old = kept["token"]["refresh_token"]
        kept["token"] = provider.fetch_access_token(grant_type="refresh_token", refresh_token=old)
        return jsonify(token=kept["token"], claims=dict(provider.parse_id_token(kept["token"], nonce=None)))

    @app.get("/logout")
    def logout() -> Any:
        session.clear()
        asked = {"id_token_hint": kept["token"]["id_token"], "post_logout_redirect_uri": f"{own_url}bye", "state": "s1"}
        endpoint = provider.load_server_metadata()["end_session_endpoint"]
        return redirect(f"{endpoint}?{urlencode(asked)}")

    @app.get("/bye")
    def bye() -> Response:
        return jsonify(signed_in="signed_in" in session)

    return app
