"""RFC 7523 §3: what a client assertion has to say, whichever way it is signed; each is good once.

The audience is the issuer (RFC 10070); ordinary clients may still name the token endpoint.
"""

from collections.abc import Callable
from typing import Any

from idp.domain.clients.assertions import claim_jti
from idp.domain.clients.client import Client
from idp.infra import clock, jwt
from idp.oauth.client_auth.attempt import Attempt, get_client
from idp.oauth.errors import Refusal, invalid_client
from idp.web.settings import settings

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME_SECONDS = 300
_SKEW = 60
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})

Verify = Callable[[Client, jwt.ParsedToken, jwt.Expected], dict[str, Any]]


def is_in(attempt: Attempt) -> bool:
    """Whether an assertion is in the body."""
    return "client_assertion" in attempt.parameters or "client_assertion_type" in attempt.parameters


def alg_of(attempt: Attempt) -> str:
    """The algorithm that the assertion names; "" where it cannot be read."""
    try:
        return jwt.parse(attempt.parameters.get("client_assertion", "")).alg
    except jwt.InvalidToken:
        return ""


def authenticate(attempt: Attempt, algs: tuple[str, ...], verify: Verify) -> Client:
    """The client that signed the assertion.

    Args:
        attempt: the request.
        algs: the algorithms of the method; one that the client registered is the only one.
        verify: whether the signature is the client's.

    Raises:
        Refusal: invalid_client.
    """
    if attempt.parameters.get("client_assertion_type") != TYPE:
        received = attempt.parameters.get("client_assertion_type", "nothing")
        raise invalid_client("The client_assertion_type is not supported.", "client_assertion_type", TYPE, received)
    try:
        parsed = jwt.parse(attempt.parameters.get("client_assertion", ""))
        client = _named_client(attempt, parsed.claims)
        claims = verify(client, parsed, _expected(client, algs))
    except (jwt.InvalidToken, jwt.InvalidKey) as error:
        raise failed("a good signature and claims", str(error)) from None
    _check(parsed.header, claims, client)
    return client


def failed(expected: str, received: str) -> Refusal:
    """The assertion is not good."""
    return invalid_client("Client authentication failed.", "client assertion", expected, received)


def _named_client(attempt: Attempt, claims: dict[str, Any]) -> Client:
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise failed("iss and sub are the client_id", "something else")
    named = attempt.parameters.get("client_id", subject)
    if named != subject:
        raise failed(f"sub is {named}", subject[:64])
    return get_client(subject)


def _expected(client: Client, algs: tuple[str, ...]) -> jwt.Expected:
    registered = client.registered("token_endpoint_auth_signing_alg")
    allowed = tuple(alg for alg in algs if registered in {None, alg})
    return jwt.Expected(algs=allowed, required=("iss", "sub", "aud", "exp", "jti"), skew=_SKEW)


def _check(header: dict[str, Any], claims: dict[str, Any], client: Client) -> None:
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind not in _TYPES:
        raise failed("typ is client-authentication+jwt or JWT", kind)
    accepted = (settings().issuer, f"{settings().issuer}oauth/token")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    # RFC 10070: nobody else may be named beside us, or the assertion could be passed on. Both our names may be there.
    if not audience or any(each not in accepted for each in audience):
        raise failed(f"aud is {settings().issuer}", str(audience))
    if claims["exp"] > clock.now() + LIFETIME_SECONDS + _SKEW:
        raise failed(f"exp within {LIFETIME_SECONDS} seconds", str(claims["exp"]))
    jti = claims["jti"]
    if not isinstance(jti, str) or not jti or not claim_jti(client.id, jti, int(claims["exp"])):
        raise failed("a jti that was not used before", "one that was")
