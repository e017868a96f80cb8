"""What users have let apps do: remembered, and asked again only for what is new."""

from collections.abc import Iterable

from sqlalchemy import delete

from idp.domain.consents.models import Consent
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.infra import clock
from idp.infra.db import db


def granted_scopes(user_id: str, client_id: str, audience: str | None) -> frozenset[str]:
    """The scopes that the user has let the client have."""
    consent = db.session.get(Consent, (user_id, client_id, audience or ""))
    return frozenset(consent.scopes) if consent else frozenset()


def remember_consent(user_id: str, client_id: str, audience: str | None, scopes: Iterable[str]) -> None:
    """The user lets the client have these scopes, beside those it has."""
    everything = sorted(granted_scopes(user_id, client_id, audience) | set(scopes))
    db.session.merge(
        Consent(
            user_id=user_id,
            client_id=client_id,
            audience=audience or "",
            scopes=everything,
            granted_at=clock.now(),
        )
    )
    db.session.flush()
    record(EventName.CONSENT_GIVEN, user_id=user_id, client_id=client_id, scope=" ".join(everything))


def forget_consents(user_id: str, client_id: str) -> None:
    """The user lets the client have nothing any more."""
    db.session.execute(delete(Consent).where(Consent.user_id == user_id, Consent.client_id == client_id))
