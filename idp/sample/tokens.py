"""Tokens taken apart, to be looked at. Nothing is checked here: what they say is shown, never believed."""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

from idp.sample.pages import TokenView

_PARTS = 3
_MINUTE = 60
_TITLES = (("id_token", "ID token"), ("access_token", "Access token"), ("refresh_token", "Refresh token"))


def views(tokens: Mapping[str, Any]) -> tuple[TokenView, ...]:
    """Each token that the provider sent."""
    return tuple(_view(title, str(tokens[name])) for name, title in _TITLES if tokens.get(name))


def read_claims(raw: str) -> dict[str, Any] | None:
    """The claims of a JWT; None for a token that is opaque."""
    parts = raw.split(".")
    return _decode(parts[1]) if len(parts) == _PARTS else None


def _view(title: str, raw: str) -> TokenView:
    claims = read_claims(raw)
    if claims is None:
        return TokenView(title=title, raw=raw)
    header = _decode(raw.split(".", maxsplit=1)[0]) or {}
    return TokenView(
        title=title, raw=raw, claims=indented(claims), header=indented(header), expires=_expires(claims.get("exp"))
    )


def indented(document: object) -> str:
    """JSON for people."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _decode(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _expires(at: object) -> str | None:
    if not isinstance(at, int):
        return None
    left = at - int(time.time())
    if left <= 0:
        return "expired"
    minutes = -(-left // _MINUTE)
    return "expires in 1 minute" if minutes == 1 else f"expires in {minutes} minutes"
