"""RFC 6750: a bearer token in the header or in a form, never in the URL, and in one place alone."""

from flask import Response, request

_SCHEME = "bearer"


class BearerError(Exception):
    """No token, or none that is good; `error` is empty where none came (RFC 6750 §3.1)."""

    def __init__(self, status: int, error: str = "", description: str = "", scope: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.description = description
        self.scope = scope


def presented_token() -> str:
    """The token of this request.

    Raises:
        BearerError: there is none, or more than one.
    """
    if "access_token" in request.args:
        raise BearerError(400, "invalid_request", "Send the token in the Authorization header, not in the URL.")
    found = _from_header() + _from_form()
    if not found:
        raise BearerError(401)
    if len(found) > 1:
        raise BearerError(400, "invalid_request", "The token was sent more than once.")
    return found[0]


def challenge(error: BearerError) -> Response:
    """The refusal (RFC 6750 §3)."""
    values = {"realm": "idp", "error": error.error, "error_description": error.description, "scope": error.scope}
    header = ", ".join(f'{name}="{value}"' for name, value in values.items() if value)
    response = Response(status=error.status, headers={"Cache-Control": "no-store"})
    response.headers["WWW-Authenticate"] = f"Bearer {header}"
    return response


def _from_header() -> list[str]:
    found = []
    for header in request.headers.getlist("Authorization"):
        scheme, space, token = header.partition(" ")
        if scheme.lower() != _SCHEME:
            continue
        if not space or not token or token != token.strip() or " " in token:
            raise BearerError(400, "invalid_request", "The Authorization header is malformed.")
        found.append(token)
    return found


def _from_form() -> list[str]:
    # RFC 6750 §2.2: a form, and not with GET.
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return []
    return request.form.getlist("access_token")
