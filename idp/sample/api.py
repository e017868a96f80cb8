"""A small protected API: it checks access tokens (RFC 9068) by itself, from the provider's public keys alone."""

import threading
import time
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, request
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from idp.sample.registration import Registration

_ALGORITHM = "RS256"
_TYPE = "at+jwt"
_TIMEOUT_SECONDS = 5
_REFETCH_SECONDS = 5.0


class RefusedToken(Exception):
    """The token is not good for this API; `status` and `error` are of RFC 6750 §3.1."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


class TokenVerifier:
    """Keys are fetched once, and again when a token names one that is not known."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()
        self._claims = JWTClaimsRegistry(
            iss={"essential": True, "value": registration.issuer},
            aud={"essential": True, "value": registration.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def verify(self, raw: str, scope: str) -> dict[str, Any]:
        """The claims of a good token.

        Raises:
            RefusedToken: it is not.
        """
        try:
            token = self._decode(raw)
            self._claims.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise RefusedToken(401, "invalid_token", str(error)) from None
        if str(token.header.get("typ", "")).lower().removeprefix("application/") != _TYPE:
            raise RefusedToken(401, "invalid_token", "this is no access token")
        if scope not in str(token.claims.get("scope", "")).split():
            raise RefusedToken(403, "insufficient_scope", f"the token lacks the scope {scope}")
        return dict(token.claims)

    def _decode(self, raw: str) -> jwt.Token:
        try:
            return jwt.decode(raw, self._key_set(), algorithms=[_ALGORITHM])
        except InvalidKeyIdError:
            return jwt.decode(raw, self._key_set(newer=True), algorithms=[_ALGORITHM])

    def _key_set(self, *, newer: bool = False) -> KeySet:
        with self._lock:
            stale = newer and time.monotonic() - self._fetched_at > _REFETCH_SECONDS
            if self._keys is None or stale:
                self._keys = KeySet.import_key_set(self._fetch())
                self._fetched_at = time.monotonic()
            return self._keys

    def _fetch(self) -> Any:
        trust = self._registration.authority or True
        metadata_url = f"{self._registration.issuer}.well-known/openid-configuration"
        metadata = requests.get(metadata_url, timeout=_TIMEOUT_SECONDS, verify=trust)
        metadata.raise_for_status()
        keys = requests.get(metadata.json()["jwks_uri"], timeout=_TIMEOUT_SECONDS, verify=trust)
        keys.raise_for_status()
        return keys.json()


def create_api(registration: Registration) -> Blueprint:
    """GET /api/messages, for tokens with the scope `read:messages`."""
    verifier = TokenVerifier(registration)
    blueprint = Blueprint("api", __name__, url_prefix="/api")

    @blueprint.get("/messages")
    def messages() -> Response:
        claims = verifier.verify(_presented(), registration.scope)
        return jsonify(
            messages=["The token was checked here, offline.", "Nobody was asked."],
            sub=claims["sub"],
            client_id=claims.get("client_id"),
            scope=claims.get("scope"),
        )

    @blueprint.errorhandler(RefusedToken)
    def refused(error: RefusedToken) -> Response:
        response = jsonify(error=error.error, error_description=error.description)
        response.status_code = error.status
        response.headers["WWW-Authenticate"] = f'Bearer error="{error.error}"'
        return response

    @blueprint.errorhandler(requests.RequestException)
    def no_keys(_error: requests.RequestException) -> Response:
        response = jsonify(error="temporarily_unavailable", error_description="the provider's keys cannot be fetched")
        response.status_code = 503
        return response

    return blueprint


def _presented() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RefusedToken(401, "invalid_token", "send a bearer token")
    return token.strip()
