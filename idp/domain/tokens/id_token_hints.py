"""ID tokens that come back as hints (OIDC Core §3.1.2.1, RP-Initiated Logout §2): ours, if expired."""

from dataclasses import dataclass

from idp.domain.keys import keyring
from idp.domain.tenant import settings
from idp.domain.tokens.minting import ID_TOKEN
from idp.infra import jwt


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What an ID token says of whom it was given to."""

    subject: str
    client_id: str
    sid: str | None


def find_hinted(token: str | None) -> Hint | None:
    """The hint, if the token is an ID token that we signed: never an access token, never another's."""
    if token is None:
        return None
    expected = jwt.Expected(typ=ID_TOKEN, issuer=settings.current().issuer, expired_ok=True)
    try:
        claims = keyring.verify(token, expected)
    except jwt.InvalidToken:
        return None
    subject, client_id, sid = claims.get("sub"), claims.get("aud"), claims.get("sid")
    if not isinstance(subject, str) or not isinstance(client_id, str):
        return None
    return Hint(subject=subject, client_id=client_id, sid=sid if isinstance(sid, str) else None)
