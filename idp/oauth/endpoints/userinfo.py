"""OIDC Core §5.3: claims about the user whose token is presented."""

from flask import Response

from idp.domain.interactions.request import OPENID
from idp.domain.tenant.reading import only_reads
from idp.domain.tokens.access_tokens import find_live_access_token
from idp.domain.tokens.minting import userinfo_audience
from idp.domain.tokens.sealing import seal_userinfo
from idp.domain.tokens.subjects import subject_of
from idp.domain.users.claims import claims_for
from idp.oauth.server import json_response
from idp.web.bearer import BearerError, challenge, presented_token


def userinfo() -> Response:
    """The claims that the token's scopes allow."""
    try:
        token = presented_token()
    except BearerError as error:
        return challenge(error)
    only_reads()
    live = find_live_access_token(token, audience=userinfo_audience())
    if live is None or live.grant is None:
        return challenge(BearerError(401, "invalid_token", "The access token is invalid, expired or revoked."))
    if OPENID not in live.scopes:
        return challenge(BearerError(403, "insufficient_scope", "The scope openid is needed.", OPENID))
    user = live.grant.user
    claims = claims_for(user, live.scopes, live.grant.requested_claims("userinfo"))
    claims = {"sub": subject_of(live.client, user.id), **claims}
    sealed = seal_userinfo(live.client, claims)
    if sealed is not None:
        return Response(sealed, content_type="application/jwt", headers={"Cache-Control": "no-store"})
    return json_response(200, claims)
