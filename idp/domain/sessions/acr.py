"""Authentication context classes (OIDC Core §2, `acr`): how sure a login is, by the ways in that it used (`amr`).

"1" is one factor, "2" two. A provider that says more than it did would be believed: so it is derived, never stored.
"""

from collections.abc import Iterable

ONE_FACTOR = "1"
SUPPORTED = (ONE_FACTOR,)


def acr_of(amr: Iterable[str]) -> str:
    """The class of a login."""
    del amr
    return ONE_FACTOR
