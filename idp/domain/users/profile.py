"""What a person says of themselves, for apps to be told (OIDC Core §5.1)."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.infra import clock
from idp.infra.words import say

#: What may be changed, and how long it may be, in characters.
NAMES: Final[dict[str, int]] = {"name": 100, "given_name": 60, "family_name": 60, "nickname": 60}


def change_names(user: User, given: Mapping[str, str]) -> None:
    """Keep names as typed; an empty one is removed.

    Raises:
        InvalidInputError: one cannot be kept; `field` says which.
    """
    wanted = {name: _parse(name, given[name]) for name in NAMES if name in given}
    changed = sorted(name for name, value in wanted.items() if value != user.claims.get(name, ""))
    if changed:
        set_claims(user, {name: wanted[name] for name in changed})


def set_claims(user: User, changes: Mapping[str, str]) -> None:
    """Change claims of a user; what is empty is removed. Its owner is told."""
    kept = {name: value for name, value in user.claims.items() if name not in changes}
    user.claims = kept | {name: value for name, value in changes.items() if value}
    user.updated_at = clock.now()
    record(EventName.PROFILE_CHANGED, user_id=user.id, claims=sorted(changes))
    mail_security_notice(user, say("The profile of your account was changed."))


def _parse(name: str, typed: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(text) > NAMES[name]:
        raise InvalidInputError(say("Use at most {count} characters.", count=NAMES[name]), name)
    if not _is_plain(text):
        raise InvalidInputError(say("Use letters, digits, spaces and common signs."), name)
    return text


def _is_plain(text: str) -> bool:
    """No control characters, nothing unassigned, nothing that turns the text around it (UAX #9) into something else."""
    joiners = {"\u200c", "\u200d"}  # between letters of Persian and Indic scripts, and within emoji
    return all(each in joiners or unicodedata.category(each)[0] != "C" for each in text)
