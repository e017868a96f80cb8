"""RFC 6749 §3.1: no parameter twice, and none that cannot be one."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request
from idp.oauth.parameters import doubled

_LONGEST = 16 * 1024


def check_doubled(draft: Draft) -> None:
    """Refuse a parameter that came more than once."""
    if draft.doubled:
        raise doubled(min(draft.doubled), 2)


def check_shape(draft: Draft) -> None:
    """Refuse what no store or page could hold."""
    for name, value in draft.sent.items():
        if len(value) > _LONGEST or "\0" in value or not _is_text(value):
            raise invalid_request(f"The parameter {name} is malformed.", name, f"up to {_LONGEST} characters of text")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
