"""Security headers. Pages get a strict policy: nothing inline, nothing from elsewhere but pictures, no framing."""

from urllib.parse import urlsplit

from flask import Response, g

from idp.web.settings import settings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'"
)


def allow_form_target(uri: str) -> None:
    """Let this page's form lead to an app, and on from there.

    Chromium holds every redirect after a form to `form-action`, those of the app too: what takes the answer at one
    origin and shows its pages at another would be blocked. So the scheme is named and not the origin.
    """
    sources = dict.fromkeys((*g.get("form_targets", ()), "https:", f"{urlsplit(uri).scheme}:"))
    g.form_targets = tuple(sources)


def allow_framing_by(origin: str) -> None:
    """Let one other origin frame this response, and read what it is sent through its opener."""
    g.framed_by = origin
    allow_opener()


def allow_framing_by_all() -> None:
    """Let every page frame this response: for one that shows nothing and can do nothing."""
    g.framed_by = "*"


def allow_opener() -> None:
    """Leave the tie to the page that opened this one as a popup, where that is to get the answer."""
    g.keeps_opener = True


def allow_frames(*sources: str) -> None:
    """Let this page frame others, for logging out of them."""
    g.frames = sources


def secure(response: Response) -> None:
    """Add the headers that every response, and every page, has."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if settings().is_https and not settings().is_local:  # on localhost it would bind the other programs there, too
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if response.mimetype == "text/html":
        # With "no-referrer" browsers send our own forms with Origin: null
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        if not g.get("keeps_opener"):
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if "framed_by" not in g:
            headers["X-Frame-Options"] = "DENY"
        headers.setdefault("Content-Security-Policy", _policy())
        headers.setdefault("Cache-Control", "no-store")


def _policy() -> str:
    targets = " ".join(("form-action 'self'", *g.get("form_targets", ())))
    ancestors = "frame-ancestors " + g.get("framed_by", "'none'")
    frames = f"frame-src {' '.join(g.frames)}" if "frames" in g else ""
    return "; ".join(filter(None, (_POLICY, ancestors, targets, frames)))
