"""Grants of the token endpoint: a file a grant. GRANTS is all there is to add one to; discovery follows by itself."""

from authlib.oauth2.rfc6749 import BaseGrant

from idp.oauth.grants.authorization_code import AuthorizationCodeGrant, S256CodeChallenge
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant

#: (grant, its extensions)
GRANTS: tuple[tuple[type[BaseGrant], tuple[object, ...]], ...] = (
    (AuthorizationCodeGrant, (S256CodeChallenge(required=False),)),
    (RefreshTokenGrant, ()),
    (ClientCredentialsGrant, ()),
)
#: No grant of the token endpoint, but what clients of front-channel tokens are registered for (OIDC Registration §2).
IMPLICIT = "implicit"
GRANT_TYPES = tuple(grant.GRANT_TYPE for grant, _ in GRANTS)
