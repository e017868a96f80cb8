"""Authlib's authorization server, built once an app: what the token endpoint and its siblings share.

    parameters → grant → client authentication → may the client use it? → the grant's own rule → tokens → one answer

No grant can go round this way: it is handed a request whose client has been authenticated.
"""

from collections.abc import Callable
from typing import Any, cast

import orjson
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import BaseGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import Request, Response, current_app
from flask import request as flask_request

from idp.domain.clients.client import Client
from idp.domain.clients.queries import find_client
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.oauth.client_auth import authenticate
from idp.oauth.errors import finding_of, refusal
from idp.oauth.parameters import body_parameters, required
from idp.web.rate_limits import limit
from idp.web.request_facts import client_address

EXTENSION = "idp_oauth_server"
GUESS_LIMIT = "120/minute"
#: Authlib wants to see a safe transport; ours is settled by the issuer.
_TRANSPORT = "https://idp/"
#: What Authlib gives each request, made once: it would ask the environment each time whether transport may be unsafe.
_EMPTY = vars(OAuth2Request("POST", _TRANSPORT))
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRequest(OAuth2Request):
    """A request to the token endpoint or a sibling, as Authlib reads one: the parameters of the body, read once."""

    def __init__(self, request: Request) -> None:
        self.__dict__.update(_EMPTY)
        self.method = request.method
        self.headers = request.headers
        self.parameters = body_parameters(request)
        self.payload = BasicOAuth2Payload(self.parameters)
        self.used_basic = False

    @property
    def form(self) -> dict[str, str]:
        """The parameters, whether they came as a form or as JSON."""
        return self.parameters


class IdpAuthorizationServer(AuthorizationServer):
    """Dispatch is Authlib's; parsing, client authentication, errors and answers are ours."""

    def create_oauth2_request(self, request: object) -> TokenRequest:
        """Read the request.

        Raises:
            Refusal: invalid_request.
        """
        del request
        return TokenRequest(flask_request)

    def query_client(self, client_id: str) -> Client | None:
        """The client, from the cache."""
        return find_client(client_id)

    def save_token(self, token: dict[str, Any], request: TokenRequest) -> None:
        """Nothing to do: what is stored is written where it is minted."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: rules hang on no hook."""

    def authenticate(self, request: TokenRequest) -> Client:
        """Who sends the request: the same rule at every endpoint.

        Raises:
            Refusal: invalid_client, or invalid_request for several proofs at once.
        """
        client = authenticate(request)
        request.client = client
        return client

    def authenticate_client(self, request: TokenRequest, methods: object, endpoint: str = "token") -> Client:
        """What Authlib's grants call: the client that the pipeline has authenticated."""
        del methods, endpoint
        return cast("Client", request.client)

    def create_token_response(self, request: object = None) -> Response:
        """The pipeline that every grant passes."""
        return self.respond(self._grant)

    def _grant(self, request: TokenRequest) -> tuple[int, dict[str, Any]]:
        required(request.parameters, "grant_type")
        grant = self.get_token_grant(request)
        client = self.authenticate(request)
        if not client.check_grant_type(grant.GRANT_TYPE):
            expected = " or ".join(sorted(client.grant_types))
            description = f"Grant type '{grant.GRANT_TYPE}' not allowed for the client."
            raise refusal("unauthorized_client", description, "grant_type", expected, grant.GRANT_TYPE)
        grant.validate_token_request()
        status, payload, _ = grant.create_token_response()
        return status, payload

    def get_token_grant(self, request: TokenRequest) -> BaseGrant:
        """The grant that is asked for.

        Raises:
            Refusal: unsupported_grant_type.
        """
        try:
            return super().get_token_grant(request)
        except OAuth2Error:
            names = " or ".join(grant.GRANT_TYPE for grant, _ in self._token_grants)
            received = request.payload.grant_type
            description = "The grant_type is not supported."
            raise refusal("unsupported_grant_type", description, "grant_type", names, received) from None

    def respond(self, answer: Callable[[TokenRequest], tuple[int, dict[str, Any]]]) -> Response:
        """Answer in JSON, errors too (RFC 6749 §5)."""
        request = None
        try:
            request = self.create_oauth2_request(None)
            status, payload = answer(request)
        except OAuth2Error as error:
            return self._refuse(request, error)
        return json_response(status, payload)

    def _refuse(self, request: TokenRequest | None, error: OAuth2Error) -> Response:
        finding = finding_of(error)
        claimed = None if request is None else request.client.id if request.client else request.payload.client_id
        failed = error.error == "invalid_client"
        name = EventName.CLIENT_AUTHENTICATION_FAILED if failed else EventName.TOKEN_REFUSED
        record(
            name,
            client_id=claimed and claimed[:64],
            outcome="refused",
            endpoint=flask_request.path,
            error=error.error,
            check=finding.check,
            expected=finding.expected,
            received=finding.received,
        )
        if getattr(error, "is_guess", False):
            # Counted per address, so that nobody can lock another's client out.
            limit(GUESS_LIMIT, "guess", claimed or "", client_address())
        response = json_response(
            error.status_code or 400,
            {"error": error.error, "error_description": str(error.description or error.error)},
        )
        if failed and request is not None and request.used_basic:
            # RFC 6749 §5.2: only for those who came by the header; others read it as a failure of HTTP.
            response.headers["WWW-Authenticate"] = 'Basic realm="idp", charset="UTF-8"'
        return response


def json_response(status: int, payload: dict[str, Any]) -> Response:
    """JSON that nobody keeps (RFC 6749 §5.1)."""
    body = orjson.dumps(payload) if payload else b""
    return Response(body, status, headers=_NO_STORE, content_type="application/json")


def server() -> IdpAuthorizationServer:
    """The server of the running app."""
    return cast("IdpAuthorizationServer", current_app.extensions[EXTENSION])
