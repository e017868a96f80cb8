"""The authorization request as a table: each check in its order. Until the redirect URI is sure, a fault is a page."""

from collections.abc import Callable

from idp.domain.interactions.request import AuthorizationRequest
from idp.oauth.authorization.checks.claims import check_acr_values, check_claims
from idp.oauth.authorization.checks.client import check_client
from idp.oauth.authorization.checks.hints import check_id_token_hint, check_languages, check_login_hint
from idp.oauth.authorization.checks.pkce import check_pkce
from idp.oauth.authorization.checks.prompt import check_display, check_max_age, check_prompt
from idp.oauth.authorization.checks.redirect_uri import check_redirect_uri
from idp.oauth.authorization.checks.request_object import check_request_object
from idp.oauth.authorization.checks.response import check_nonce, check_response_mode, check_response_type
from idp.oauth.authorization.checks.scope import check_scope
from idp.oauth.authorization.checks.shape import check_doubled, check_shape
from idp.oauth.authorization.checks.target import check_target
from idp.oauth.authorization.draft import Draft

CHECKS: tuple[Callable[[Draft], None], ...] = (
    check_client,
    check_request_object,
    check_redirect_uri,
    # from here on the app is told
    check_response_mode,
    check_doubled,
    check_shape,
    check_response_type,
    check_pkce,
    check_target,
    check_scope,
    check_nonce,
    check_prompt,
    check_max_age,
    check_display,
    check_claims,
    check_acr_values,
    check_id_token_hint,
    check_login_hint,
    check_languages,
)


def check_all(draft: Draft) -> AuthorizationRequest:
    """The request, if every check holds.

    Raises:
        Refusal: the first that does not; the app may be told once the draft has its client and redirect_uri.
    """
    for check in CHECKS:
        check(draft)
    return draft.finish()
