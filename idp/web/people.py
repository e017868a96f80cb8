"""What stands for a person on a page: the picture that they uploaded here, else a letter."""

from dataclasses import dataclass

from idp.domain.users.models import User
from idp.domain.users.pictures import thumbnail_path


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """The letter, and the picture where there is one. It is ours, so looking at it tells nobody of the login."""

    initial: str
    picture_url: str | None = None


def portrait_of(user: User | None, email: str = "") -> Portrait:
    """That of a user; of an account that is gone meanwhile, the letter of its address."""
    if user is None:
        return Portrait(initial=_initial(email))
    return Portrait(initial=_initial(str(user.claims.get("name") or user.email)), picture_url=thumbnail_path(user))


def _initial(name: str) -> str:
    return next((letter.upper() for letter in name if letter.isalnum()), "?")
