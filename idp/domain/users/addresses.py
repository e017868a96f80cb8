"""E-mail addresses: which are valid, and when two are the same."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from idp.domain.errors import InvalidInputError
from idp.infra.words import say

MAXIMUM_LENGTH = 254
_SHORT = 3
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

    Raises:
        InvalidInputError: for anything that is no single plain address.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    if len(text) > MAXIMUM_LENGTH or any(unicodedata.category(character)[0] == "C" for character in text):
        raise InvalidInputError(_NOT_ONE, "email")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        raise InvalidInputError(_NOT_ONE, "email") from None
    return found.normalized
