"""RFC 7523 §2.2 and §3: the client signs an assertion with its private key; each assertion is good once.

The audience is the issuer (RFC 10070); ordinary clients may still name the token endpoint.
"""

from typing import Any

from idp.domain.clients.assertions import claim_jti
from idp.domain.clients.client import Client
from idp.domain.clients.jwks import keys_of
from idp.infra import clock, jwt
from idp.oauth.client_auth.attempt import Attempt, get_client
from idp.oauth.errors import Refusal, invalid_client
from idp.web.settings import settings

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNING_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
LIFETIME_SECONDS = 300
_SKEW = 60
_TYPES = frozenset({"", "jwt", "client-authentication+jwt"})


def is_tried(attempt: Attempt) -> bool:
    """Whether an assertion is in the body."""
    return "client_assertion" in attempt.parameters or "client_assertion_type" in attempt.parameters


def authenticate(attempt: Attempt) -> Client:
    """The client whose key signed the assertion.

    Raises:
        Refusal: invalid_client.
    """
    if attempt.parameters.get("client_assertion_type") != TYPE:
        received = attempt.parameters.get("client_assertion_type", "nothing")
        raise invalid_client("The client_assertion_type is not supported.", "client_assertion_type", TYPE, received)
    try:
        parsed = jwt.parse(attempt.parameters.get("client_assertion", ""))
        client = _named_client(attempt, parsed.claims)
        claims = jwt.verify_with_public_jwks(parsed, keys_of(client, parsed.kid), _expected(client))
    except (jwt.InvalidToken, jwt.InvalidKey) as error:
        raise _failed("a good signature and claims", str(error)) from None
    _check(parsed.header, claims, client)
    return client


def _named_client(attempt: Attempt, claims: dict[str, Any]) -> Client:
    subject = claims.get("sub")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise _failed("iss and sub are the client_id", "something else")
    named = attempt.parameters.get("client_id", subject)
    if named != subject:
        raise _failed(f"sub is {named}", subject[:64])
    return get_client(subject)


def _expected(client: Client) -> jwt.Expected:
    registered = client.registered("token_endpoint_auth_signing_alg")
    algs = (registered,) if registered else SIGNING_ALGS
    return jwt.Expected(algs=algs, required=("iss", "sub", "aud", "exp", "jti"), skew=_SKEW)


def _check(header: dict[str, Any], claims: dict[str, Any], client: Client) -> None:
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind not in _TYPES:
        raise _failed("typ is client-authentication+jwt or JWT", kind)
    accepted = {settings().issuer, f"{settings().issuer}oauth/token"}
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    # RFC 10070: nobody else may be named beside us, or the assertion could be passed on.
    if len(audience) != 1 or audience[0] not in accepted:
        raise _failed(f"aud is {settings().issuer}", str(audience))
    if claims["exp"] > clock.now() + LIFETIME_SECONDS + _SKEW:
        raise _failed(f"exp within {LIFETIME_SECONDS} seconds", str(claims["exp"]))
    jti = claims["jti"]
    if not isinstance(jti, str) or not jti or not claim_jti(client.id, jti, int(claims["exp"])):
        raise _failed("a jti that was not used before", "one that was")


def _failed(expected: str, received: str) -> Refusal:
    return invalid_client("Client authentication failed.", "client assertion", expected, received)
