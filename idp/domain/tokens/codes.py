"""Authorization codes (RFC 6749 §4.1.2): good for a minute, for one client, once."""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select, update

from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.interactions.request import AuthorizationRequest
from idp.domain.tokens.grants import revoke_grant
from idp.domain.tokens.models import AuthorizationCode
from idp.infra import clock
from idp.infra.db import db, execute, table
from idp.infra.secrets import digest, new_token

PREFIX = "ac1_"
LIFETIME_SECONDS = 60

_codes = table(AuthorizationCode)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCode:
    """A code just spent. Authlib reads it by the names of its `AuthorizationCodeMixin`."""

    grant_id: str
    request: AuthorizationRequest

    @property
    def code_challenge(self) -> str | None:
        """The challenge that the verifier has to meet."""
        return self.request.code_challenge

    @property
    def code_challenge_method(self) -> str:
        """S256: no other is accepted."""
        return "S256"

    def get_redirect_uri(self) -> str | None:
        """The redirect URI that has to be sent again, if it was sent (RFC 6749 §4.1.3)."""
        return self.request.redirect_uri if self.request.redirect_uri_was_sent else None

    def get_scope(self) -> str:
        """What was granted."""
        return self.request.scope


def issue_code(request: AuthorizationRequest, grant_id: str) -> str:
    """Make the code that stands for a grant."""
    now = clock.now()
    code = new_token(PREFIX)
    db.session.execute(
        insert(_codes),
        {
            "code_hash": digest(code),
            "grant_id": grant_id,
            "client_id": request.client_id,
            "request": request.to_json(),
            "created_at": now,
            "expires_at": now + LIFETIME_SECONDS,
        },
    )
    return code


_claim = (
    update(_codes)
    .where(
        _codes.c.code_hash == bindparam("presented"),
        _codes.c.client_id == bindparam("by"),
        _codes.c.used_at.is_(None),
        _codes.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(_codes.c.grant_id, _codes.c.request)
)


def claim_code(code: str, client_id: str) -> ClaimedCode | None:
    """Spend a code: of several tries at once one gets it. Another client's try does not spend it (RFC 9700 §2.1.1).

    A second try by its own client is a replay: what the first one gave is revoked (RFC 6749 §4.1.2).
    """
    if not code.startswith(PREFIX):
        return None
    values = {"presented": digest(code), "by": client_id, "now": clock.now()}
    row = execute(_claim, values).first()
    if row is not None:
        return ClaimedCode(grant_id=row.grant_id, request=AuthorizationRequest.from_json(row.request))
    _look_into_refusal(code, client_id)
    return None


def is_known_code(code: str) -> bool:
    """Whether such a code was ever issued; if not, somebody is guessing."""
    return db.session.execute(select(_codes.c.grant_id).where(_codes.c.code_hash == digest(code))).first() is not None


def _look_into_refusal(code: str, client_id: str) -> None:
    row = db.session.execute(
        select(_codes.c.client_id, _codes.c.grant_id, _codes.c.used_at).where(_codes.c.code_hash == digest(code))
    ).first()
    if row is None or row.used_at is None or row.client_id != client_id:
        return
    if revoke_grant(row.grant_id):
        record(EventName.CODE_REPLAYED, client_id=client_id, outcome="refused", grant=row.grant_id)
