"""How a person can sign in: the last way stays, whatever else is removed."""

from idp.domain.credentials.factors import enrolled_factors
from idp.domain.errors import DomainError
from idp.domain.tenant.login_policy import find_login_policy
from idp.domain.users.models import User


class LastWayInError(DomainError):
    """Without it the person could not sign in any more."""


def ways_in(user: User) -> frozenset[str]:
    """The ways in that are on, and open to a person. A password that is not there can be chosen by a link in a mail."""
    ways = {"password"} | ({"passkey"} & enrolled_factors(user.id))
    if user.email_verified:
        ways |= {"email_code", "magic_link"}
    return frozenset(ways & set(find_login_policy().first))
