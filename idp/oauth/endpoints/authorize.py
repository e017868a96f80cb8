"""RFC 6749 §3.1, OIDC Core §3.1.2: the authorization endpoint."""

from flask import Response, request

from idp.oauth.authorization import answer, dispatch, table
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import Refusal
from idp.oauth.parameters import address_of
from idp.oauth.response_modes.query import see_other
from idp.web.rate_limits import limit
from idp.web.request_facts import client_address

LIMIT = "3000/minute"


def authorize() -> Response:
    """Check the request and take the first step."""
    limit(LIMIT, "authorize", client_address())
    if request.method == "POST":
        return see_other(address_of(request))
    draft = Draft.of(request.args)
    try:
        checked = table.check_all(draft)
    except Refusal as refusal:
        return answer.refuse(draft, refusal)
    return dispatch.begin(checked)


def resume() -> Response:
    """A page is done: go on."""
    return dispatch.resume(request.args.get("state", ""))
