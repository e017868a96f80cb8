"""OIDC Core §3.1.2.1: hints. A hint that is of no use is passed over; none ever grants anything."""

from idp.domain.tokens.id_token_hints import find_hinted
from idp.domain.tokens.subjects import find_user_of
from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request

_LONGEST_HINT = 320
_MOST_LANGUAGES = 10
_LONGEST_TAG = 35
_NOBODY = ""


def check_id_token_hint(draft: Draft) -> None:
    """Know whom the app expects: from an ID token that we gave it, or a `sub` that it asks for (OIDC Core §5.5.1)."""
    hint = find_hinted(draft.sent.get("id_token_hint"))
    hinted = hint.subject if hint is not None and hint.client_id == draft.app.id else None
    claims = draft.values.get("claims") or {}
    named = ((claims.get("id_token") or {}).get("sub") or {}).get("value")
    if hinted is not None and named not in (None, hinted):
        raise invalid_request("The id_token_hint and the sub asked for differ.", "claims", hinted, named)
    subject = hinted if named is None else str(named)
    if subject is not None:
        # Nobody is the user of a subject that we never gave this client: not even of our own id, if that is not its.
        draft.values["hinted_user_id"] = find_user_of(draft.app, subject) or _NOBODY


def check_login_hint(draft: Draft) -> None:
    """Know what to write into the identifier field."""
    hint = draft.sent.get("login_hint", "")
    if hint.isprintable() and 0 < len(hint) <= _LONGEST_HINT:
        draft.values["login_hint"] = hint


def check_languages(draft: Draft) -> None:
    """Know the languages that the user prefers (BCP 47 tags)."""
    tags = [tag for tag in draft.sent.get("ui_locales", "").split() if _is_tag(tag)]
    draft.values["ui_locales"] = tuple(tags[:_MOST_LANGUAGES])


def _is_tag(tag: str) -> bool:
    return tag.isascii() and len(tag) <= _LONGEST_TAG and tag.replace("-", "").isalnum()
