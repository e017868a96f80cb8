"""Auth0's /v2/logout: `client_id` and `returnTo`; ends the login at once and goes back to a registered URL.

A picture or frame of another site cannot do it: our Lax cookie does not travel with those.
"""

from flask import Response, request

from idp.domain.clients.queries import find_client_now
from idp.oauth.logout import ending
from idp.web.sessions import current_session


def v2_logout() -> Response:
    """End the login; without a place to go back to, ask first."""
    client = find_client_now(request.args.get("client_id", ""))
    wanted = request.args.get("returnTo") or None
    if wanted is not None and (client is None or wanted not in client.logout_uris):
        return ending.unregistered(wanted, client, "returnTo")
    session = current_session()
    if session is not None and wanted is None:
        return ending.ask(session, "/oidc/logout", {"client_id": client.id} if client else {}, client, None)
    return ending.finish(ending.Back(client=client, target=wanted))
