"""QR codes as pages show them: SVG in the page itself, as the policy on content allows it (no style, no script)."""

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """The code, black on nothing: the page puts it on white, also in the dark. The text beside it speaks."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass="qr-code", lineclass=None
    )
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 -- paths alone
