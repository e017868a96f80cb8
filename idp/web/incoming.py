"""The request as it comes in: WHATWG URL §1.3 wants the query percent-encoded; what is not is encoded here.

A body that nobody read is read before the answer: the server closes a connection on which some of it is left over
(RFC 9112 §9.6), and a client that sends its next request there gets no answer.
"""

import string
from io import BytesIO
from itertools import chain
from typing import IO, Any
from urllib.parse import quote

from flask import Request, abort, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.utils import cached_property

from idp.web.refusals import explain

_ASCII = string.ascii_letters + string.digits + string.punctuation
_PIECE_BYTES = 64 * 1024


class IncomingRequest(Request):
    """Flask's request, whose query is ASCII: raw bytes in it would be an error in whoever reads it first."""

    _is_read = False

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        super().__init__(environ, **options)
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=_ASCII).encode()

    @property
    def has_body(self) -> bool:
        """Whether one may follow: in HTTP/1.1 only what says so has one (RFC 9112 §6.3)."""
        environ = self.environ
        return (
            "CONTENT_LENGTH" in environ
            or "HTTP_TRANSFER_ENCODING" in environ
            or not environ.get("SERVER_PROTOCOL", "").startswith("HTTP/1")
        )

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body; read at once where its length is said, as what Werkzeug wraps around it takes longer than that."""
        length = self.environ.get("CONTENT_LENGTH", "")
        said = int(length) if length.isdecimal() and "HTTP_TRANSFER_ENCODING" not in self.environ else None
        if said is None or said > (self.max_content_length or 0) or not self.environ.get("wsgi.input_terminated"):
            return super().stream
        source, body = self.environ["wsgi.input"], b""
        while len(body) < said and (piece := source.read(said - len(body))):
            body += piece
        if len(body) < said:  # cut off on its way: half a form is none
            raise ClientDisconnected
        self._is_read = True
        return BytesIO(body)

    def read_rest(self, limit: int) -> None:
        """Read what is left of the body, up to a limit in bytes: a body that says it is larger is left alone."""
        if self._is_read or not self.has_body:
            return
        # Without this promise of the server's, reading past the end would wait for ever
        if not self.environ.get("wsgi.input_terminated") or (self.content_length or 0) > limit:
            return
        body = self.environ["wsgi.input"]
        while limit > 0 and (piece := body.read(min(limit, _PIECE_BYTES))):
            limit -= len(piece)


def refuse_nul() -> None:
    """No text has a NUL, and PostgreSQL cannot even be asked for one: 400 for one in the path, the query or a form."""
    named = chain(request.args.items(multi=True), request.form.items(multi=True))
    if any("\0" in text for text in (request.path, *chain.from_iterable(named))):
        explain("text", "characters", "a NUL among them")
        abort(400)
