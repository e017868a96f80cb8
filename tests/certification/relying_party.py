"""An app under test: registers itself, asks, redeems, and checks what it gets as its specifications tell it to."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import requests
from joserfc import jwk, jws
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet, RSAKey

from tests.certification import checks
from tests.certification.driver import Answer
from tests.certification.flows import Flow

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Tokens:
    """What a flow gave. `answered` are the claims of the ID token from /authorize, `redeemed` of the other."""

    answer: Answer
    response: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, Any] | None = None
    redeemed: dict[str, Any] | None = None
    userinfo: dict[str, Any] | None = None

    @property
    def access_token(self) -> str | None:
        """The newest."""
        return self.response.get("access_token") or self.answer.parameters.get("access_token")

    @property
    def id_token(self) -> str:
        """The ID token as it came, the first if there are two."""
        return self.answer.parameters.get("id_token") or self.response["id_token"]

    @property
    def claims(self) -> dict[str, Any]:
        """Of that ID token."""
        found = self.answered if self.answered is not None else self.redeemed
        assert found is not None
        return found


@dataclass
class RelyingParty:
    """A registered client."""

    http: requests.Session
    provider: dict[str, Any]
    """The discovery document."""
    flow: Flow
    registered: dict[str, Any]
    key: RSAKey
    jwks: dict[str, Any]
    """The server's keys."""
    kid: str | None = None
    """How the client calls its key; a key that it registered has no name."""

    @property
    def id(self) -> str:
        """Its client_id."""
        return str(self.registered["client_id"])

    @property
    def redirect_uri(self) -> str:
        """The first that it registered."""
        return str(self.registered["redirect_uris"][0])

    def request(self, **changes: str | None) -> dict[str, str]:
        """A request that is right but for the changes; None leaves a parameter out."""
        usual: dict[str, str | None] = {
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "response_type": self.flow.response_type,
            "response_mode": self.flow.response_mode,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def sign(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        """A JWT under the client's key."""
        header = {"alg": "RS256", "typ": typ, **({"kid": self.kid} if self.kid else {})}
        return joserfc_jwt.encode(header, claims, self.key)

    def assertion(self, audience: str | None = None) -> str:
        """A proof of who the client is (RFC 7523 §3)."""
        now = int(time.time())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": audience or self.provider["token_endpoint"],
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return self.sign(claims)

    def call_token_endpoint(self, assertion: str | None = None, **form: str) -> requests.Response:
        """Send a grant, authenticated by the method that was registered."""
        method = self.registered["token_endpoint_auth_method"]
        assert method in self.provider["token_endpoint_auth_methods_supported"]
        headers = {}
        if method == "client_secret_basic":
            # RFC 6749 §2.3.1: both parts are form-encoded first.
            pair = f"{quote_plus(self.id)}:{quote_plus(self.registered['client_secret'])}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif method == "client_secret_post":
            form |= {"client_id": self.id, "client_secret": self.registered["client_secret"]}
        elif method == "private_key_jwt":
            form |= {"client_assertion": assertion or self.assertion(), "client_assertion_type": ASSERTION}
        endpoint = self.provider["token_endpoint"]
        return self.http.post(endpoint, form, headers=headers, allow_redirects=False, timeout=60)

    def redeem(self, code: str, **more: str) -> requests.Response:
        """Send the code."""
        return self.call_token_endpoint(
            grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, **more
        )

    def refresh(self, refresh_token: str, **more: str) -> requests.Response:
        """Send the refresh token."""
        return self.call_token_endpoint(grant_type="refresh_token", refresh_token=refresh_token, **more)

    def ask_userinfo(self, token: str, method: str = "GET", **options: Any) -> requests.Response:
        """Ask who the user is."""
        sent = options or {"headers": {"Authorization": f"Bearer {token}"}}
        endpoint = self.provider["userinfo_endpoint"]
        return self.http.request(method, endpoint, allow_redirects=False, timeout=30, **sent)

    def read_id_token(
        self, token: str, nonce: str | None, access_token: str | None, code: str | None, extra: set[str]
    ) -> dict[str, Any]:
        """The claims, after every check of OIDC Core §3.1.3.7 and of the hashes."""
        header = jws.extract_compact(token.encode()).headers()
        alg = self.registered.get("id_token_signed_response_alg", "RS256")
        assert header["alg"] == alg, header
        claims = verify(token, self.jwks, alg)
        checks.check_id_token_claims(claims, self.provider["issuer"], self.id, extra)
        assert claims.get("nonce") == nonce
        for name, value in (("at_hash", access_token), ("c_hash", code)):
            if name in claims:
                assert value is not None, f"there is a {name} of nothing"
                assert claims[name] == half_hash(value)
        return claims


def verify(token: str, jwks: dict[str, Any], alg: str) -> dict[str, Any]:
    """The claims of a token signed by the key of a set that its `kid` names."""
    kid = kid_of(token)
    assert [key["kid"] for key in jwks["keys"]].count(kid) == 1, f"{kid} is not published"
    return dict(joserfc_jwt.decode(token, KeySet.import_key_set(jwks), algorithms=[alg]).claims)


def kid_of(token: str) -> str:
    """The name of the key that signed it."""
    return str(jws.extract_compact(token.encode()).headers()["kid"])


def half_hash(value: str) -> str:
    """The left half of SHA-256 (OIDC Core §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def new_key() -> RSAKey:
    """A key of an app."""
    return jwk.RSAKey.generate_key(2048, private=True)


def public_jwk(key: RSAKey, kid: str | None = None) -> dict[str, Any]:
    """Its public part, without a name unless one is given."""
    shown = {name: value for name, value in key.as_dict(private=False).items() if name not in {"kid", "key_ops"}}
    return {**shown, "use": "sig", "alg": "RS256", **({"kid": kid} if kid else {})}
