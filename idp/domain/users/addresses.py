"""E-mail addresses: which are valid, and when two are the same."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from idp.domain.errors import InvalidInputError

MAXIMUM_LENGTH = 254


def email_key(address: str) -> str:
    """What makes two addresses one account: NFKC, then case folded. Never raises."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address.strip()).casefold())


def parse_email(address: str) -> str:
    """The address as it will be shown and mailed to.

    Raises:
        InvalidInputError: for anything that is no single plain address.
    """
    text = unicodedata.normalize("NFKC", address.strip())
    if len(text) > MAXIMUM_LENGTH or any(unicodedata.category(character)[0] == "C" for character in text):
        raise InvalidInputError("Enter an e-mail address, like name@example.com.", "email")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        raise InvalidInputError("Enter an e-mail address, like name@example.com.", "email") from None
    return found.normalized
