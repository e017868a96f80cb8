"""RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.6): a code for tokens, once."""

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge

from idp.domain.clients.client import Client
from idp.domain.interactions.request import OFFLINE_ACCESS
from idp.domain.tokens.codes import ClaimedCode, claim_code, is_known_code
from idp.domain.tokens.grants import find_live_grant
from idp.domain.tokens.refresh_tokens import issue_refresh_token
from idp.domain.users.person import Person
from idp.oauth.errors import guess, invalid_grant
from idp.oauth.grants.user_tokens import UserTokens, answer
from idp.oauth.parameters import required


class S256CodeChallenge(CodeChallenge):
    """Authlib's PKCE with S256 alone (RFC 9700 §2.1.1).

    It holds a code to the challenge it was issued with, and takes no verifier for one that has none (RFC 9700 §4.8.2).
    Who has to send a challenge is decided once, at /authorize (`checks/pkce.py`): a public client gets no code without.
    """

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """Authlib's rules on a code that is claimed in the first statement: a wrong verifier spends it too."""

    def query_authorization_code(self, code: str, client: Client) -> ClaimedCode:
        """Claim the code.

        Raises:
            Refusal: invalid_grant.
        """
        claimed = claim_code(code, client.id)
        if claimed is None:
            refused = invalid_grant("Invalid authorization code.", "code", "a fresh code of this client, used once")
            raise refused if is_known_code(code) else guess(refused)
        return claimed

    def validate_token_request(self) -> None:
        """Check the request; claims the code."""
        required(self.request.parameters, "code")
        super().validate_token_request()

    def authenticate_user(self, authorization_code: ClaimedCode) -> Person:
        """The user, if what was granted still stands.

        Raises:
            Refusal: invalid_grant.
        """
        grant = find_live_grant(authorization_code.grant_id)
        if grant is None or grant.sid is None:
            raise invalid_grant("Invalid authorization code.", "standing", "a user and a login in good standing")
        self.state = grant
        return grant.user

    def generate_token(self, user: Person, scope: str, **_: object) -> dict[str, Any]:
        """Mint the tokens."""
        del user
        code: ClaimedCode = self.request.authorization_code
        scopes = tuple(scope.split())
        renews = OFFLINE_ACCESS in scopes and self.client.check_grant_type("refresh_token")
        return answer(
            UserTokens(
                grant_type=self.GRANT_TYPE,
                client=self.client,
                grant=self.state,
                scopes=scopes,
                refresh_token=issue_refresh_token(code.grant_id, self.client.id) if renews else None,
                nonce=code.request.nonce,
            )
        )

    def delete_authorization_code(self, authorization_code: ClaimedCode) -> None:
        """Nothing to do: it was claimed, and is kept to notice a replay."""
