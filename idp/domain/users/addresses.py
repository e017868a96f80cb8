"""E-mail addresses: which are valid, and when two are the same."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from idp.domain.errors import InvalidInputError
from idp.infra.words import say

MAXIMUM_LENGTH = 254
_SHORT = 3
#: Letters of these look alike: one part of an address keeps to one of them (UTS #39 §5.2).
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_PARTS = re.compile(r"[@.+_-]")
_NOT_ONE = say("Enter an e-mail address, like name@example.com.")


def email_key(address: str) -> str:
    """What makes two addresses one account: NFKC, then case folded. Never raises."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address.strip()).casefold())


def masked(address: str) -> str:
    """The address as a page shows it to who is not signed in yet: "m•••t@example.com"."""
    local, _, domain = address.strip().rpartition("@")
    kept = local[-1:] if len(local) > _SHORT else ""
    return f"{local[:1]}•••{kept}@{domain}"


def parse_email(address: str) -> str:
    """The address as it will be shown and mailed to.

    One that looks like another by letters of several scripts is refused: whoever is shown it would be misled. What
    merely looks odd, such as a dotless i, is an address of its own.

    Raises:
        InvalidInputError: for anything that is no single plain address.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    is_plain = not any(unicodedata.category(character)[0] == "C" for character in text)
    if len(text) > MAXIMUM_LENGTH or not is_plain or any(map(_is_mixed, _PARTS.split(text))):
        raise InvalidInputError(_NOT_ONE, "email")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        raise InvalidInputError(_NOT_ONE, "email") from None
    return found.normalized


def _is_mixed(part: str) -> bool:
    return len({unicodedata.name(letter, "").partition(" ")[0] for letter in part} & _ALIKE) > 1
