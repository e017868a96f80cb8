"""Cross-site request forgery: every form carries a token of this browser, and its origin has to be ours.

The token is a MAC of the browser's id: it needs no store, never grows old, and works in every tab and after a restart.
"""

from flask import Blueprint, request

from idp.infra.secrets import derive, equal
from idp.web import cookies, incoming
from idp.web.settings import settings

FIELD = "csrf_token"
_PURPOSE = "csrf"


class ForgeryError(Exception):
    """A form came from elsewhere, or from a browser whose cookies are gone. Rendered as a page with one button."""

    def __init__(self, check: str, expected: str, received: str) -> None:
        super().__init__(check)
        self.finding = (check, expected, received)


def csrf_token() -> str:
    """The token for this browser's forms."""
    return derive(settings().secrets[0], _PURPOSE, cookies.browser_id())


def protect(blueprint: Blueprint) -> None:
    """Check every request of a door's pages: what it says, and of a POST where it comes from."""
    blueprint.before_request(incoming.refuse_nul)
    blueprint.before_request(check)


def check() -> None:
    """Let a state change pass only if our own page asked for it.

    Raises:
        ForgeryError: it did not.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if not _is_own_origin():
        seen = request.headers.get("Origin") or f"Sec-Fetch-Site: {request.headers.get('Sec-Fetch-Site')}"
        raise ForgeryError("origin of a form", settings().origin, seen)
    browser = cookies.find_browser_id()
    if browser is None:
        raise ForgeryError("cookie of the browser", "that of the page with the form", "none")
    presented = request.form.get(FIELD, "")
    if not any(equal(presented, derive(secret, _PURPOSE, browser)) for secret in settings().secrets):
        raise ForgeryError(FIELD, "that of this browser", "another one" if presented else "none")


def _is_own_origin() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin == settings().origin
