"""Logout tokens (OIDC Back-Channel Logout §2.4): tell one app that one login is over."""

from idp.domain.clients.client import Client
from idp.domain.keys import keyring
from idp.domain.tenant import settings
from idp.domain.tokens.sealing import seal_id_token
from idp.domain.tokens.subjects import PAIRWISE, subject_of
from idp.domain.users.queries import find_user
from idp.infra import clock, jwt
from idp.infra.secrets import new_token

LOGOUT_TOKEN = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
#: §2.4 recommends two minutes at most; a token that is sent again is made anew.
LIFETIME_SECONDS = 120


def mint_logout_token(client: Client, user_id: str, sid: str) -> str:
    """Make a logout token, signed and sealed as the app's ID tokens are, but of another type and without a nonce."""
    now = clock.now()
    claims = {
        "iss": settings.current().issuer,
        "aud": client.id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": new_token("lo1_"),
        "events": {EVENT: {}},
        "sid": sid,
    }
    if client.subject_type != PAIRWISE or find_user(user_id) is not None:
        claims["sub"] = subject_of(client, user_id)
    # Else what the app knew the person by went with the account: §2.4 asks for `sub` or `sid`
    return seal_id_token(client, jwt.sign(claims, keyring.active_key(client.id_token_alg), LOGOUT_TOKEN))
