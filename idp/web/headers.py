"""Security headers. Pages get a strict policy: nothing inline, nothing from elsewhere but pictures, no framing."""

from urllib.parse import urlsplit

from flask import Response, g

from idp.web.settings import settings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def allow_form_target(uri: str) -> None:
    """Let this page's form end at another place: Chromium holds the redirects after a form to `form-action` too."""
    parts = urlsplit(uri)
    source = f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
    g.form_targets = (*g.get("form_targets", ()), source)


def secure(response: Response) -> None:
    """Add the headers that every response, and every page, has."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if settings().is_https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if response.mimetype == "text/html":
        # With "no-referrer" browsers send our own forms with Origin: null
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        headers["X-Frame-Options"] = "DENY"
        headers.setdefault("Content-Security-Policy", " ".join((_POLICY, *g.get("form_targets", ()))))
        headers.setdefault("Cache-Control", "no-store")
