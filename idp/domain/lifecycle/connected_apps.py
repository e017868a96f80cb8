"""What follows when a user lets an app have nothing any more: it has to ask again, and what it holds ends at once."""

from idp.domain.consents.remembering import forget_consents
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tokens.grants import revoke_grants_of_user


def disconnect_app(user_id: str, client_id: str) -> None:
    """Forget what the user let the app do, and end every code, access and refresh token that it holds of the user.

    The user's login goes on, and so does that of other apps.
    """
    forget_consents(user_id, client_id)
    # A refresh token is as good as its grant
    revoke_grants_of_user(user_id, client_id)
    record(EventName.CONSENT_WITHDRAWN, user_id=user_id, client_id=client_id)
