"""Codes as pages show them: to scan, to type, to keep."""

from collections.abc import Sequence
from urllib.parse import quote

import segno
from markupsafe import Markup

_GROUP = 4


def qr_svg(text: str) -> Markup:
    """A QR code in the page itself, as the policy on content allows it (no style, no script).

    Black on nothing: the page puts it on white, also in the dark. The text beside it speaks.
    """
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass="qr-code", lineclass=None
    )
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 -- paths alone


def in_groups(secret: str) -> tuple[str, ...]:
    """A secret in fours, to be read."""
    return tuple(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def text_file(lines: Sequence[str]) -> str:
    """A link that saves these lines; works without a script, and asks the server nothing."""
    return f"data:text/plain;charset=utf-8,{quote(chr(10).join((*lines, '')))}"
