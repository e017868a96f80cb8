"""The request as it comes in: WHATWG URL §1.3 wants the query percent-encoded; what is not is encoded here."""

import string
from typing import Any
from urllib.parse import quote

from flask import Request

_ASCII = string.ascii_letters + string.digits + string.punctuation


class IncomingRequest(Request):
    """Flask's request, whose query is ASCII: raw bytes in it would be an error in whoever reads it first."""

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        super().__init__(environ, **options)
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=_ASCII).encode()
