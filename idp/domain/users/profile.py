"""What a person says of themselves, for apps to be told (OIDC Core §5.1)."""

import re
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
#: Between letters of Persian and Indic scripts, and within emoji.
_JOINERS: Final = frozenset({"\u200c", "\u200d"})
#: A flag spelt in tags, such as England's (UTS #51, ED-14a); tags that stand elsewhere are unseen.
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
#: Of what is unassigned: what never will be a character, and what would be unseen (UAX #44, Default_Ignorable).
_NEVER_SEEN: Final = re.compile(
    "[\u2065\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)


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
    """No control characters, nothing that turns the text around it (UAX #9) into something else, nothing unseen."""
    return all(map(_may_stand, _FLAG.sub("", text)))


def _may_stand(each: str) -> bool:
    category = unicodedata.category(each)
    if category == "Cn":  # to the tables of this Python: the emoji of this year are not in them yet
        return not _NEVER_SEEN.match(each)
    return each in _JOINERS or (category[0] != "C" and category not in {"Zl", "Zp"})
