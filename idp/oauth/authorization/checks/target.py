"""RFC 8707 and Auth0's `audience`: the API that the access token is for."""

from urllib.parse import urlsplit

from idp.domain.apis.api import Api
from idp.domain.apis.queries import find_api
from idp.domain.clients.client import Client
from idp.domain.tokens.minting import userinfo_audience
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import Refusal, refusal


def check_target(draft: Draft) -> None:
    """Find the API that is asked for, if one is."""
    audience = wanted_audience(draft.sent)
    if audience is not None and audience != userinfo_audience():
        draft.values["audience"] = get_api(audience, draft.app, by_resource="resource" in draft.sent).audience


def wanted_audience(sent: dict[str, str]) -> str | None:
    """The audience asked for, by either name.

    Raises:
        Refusal: invalid_target, when two are.
    """
    audience, resource = sent.get("audience"), sent.get("resource")
    if audience and resource and audience != resource:
        raise refusal("invalid_target", "audience and resource differ; send one.", "resource", audience, resource)
    if resource is not None and (not _is_absolute(resource) or "#" in resource):
        description = "The resource must be an absolute URI without a fragment."
        raise refusal("invalid_target", description, "resource", "an absolute URI", resource)
    return audience or resource


def get_api(audience: str, client: Client, *, by_resource: bool) -> Api:
    """The API, if it exists and the client may ask for it.

    Raises:
        Refusal: invalid_target (RFC 8707 §2), or Auth0's access_denied when asked for by `audience`.
    """
    api = find_api(audience)
    if api is None:
        raise _not_found(audience, by_resource=by_resource)
    if client.audiences is not None and audience not in client.audiences:
        expected = " or ".join(sorted(client.audiences))
        raise refusal("invalid_target", "The client may not ask for this API.", "audience", expected, audience)
    return api


def _not_found(audience: str, *, by_resource: bool) -> Refusal:
    expected = "the audience of a registered API"
    if by_resource:
        return refusal("invalid_target", "There is no such API.", "resource", expected, audience)
    return refusal("access_denied", f"Service not found: {audience}", "audience", expected, audience)


def _is_absolute(resource: str) -> bool:
    try:
        parts = urlsplit(resource)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path))
