"""CORS (Fetch standard §3.2): by registered origin on what browsers call; open on what is public; nothing elsewhere."""

from flask import Blueprint, Response, request

from idp.domain.clients.queries import has_web_origin

_MAX_AGE = "7200"
_EXPOSED = "Retry-After, WWW-Authenticate, X-Request-Id"


def allow_registered(blueprint: Blueprint) -> None:
    """Let the origins that clients are registered with call these endpoints."""
    blueprint.after_request(_answer_registered)


def allow_everyone(blueprint: Blueprint) -> None:
    """Let every page read these documents: they are public."""
    blueprint.after_request(_answer_everyone)


def _answer_registered(response: Response) -> Response:
    if "Vary" in response.headers:
        response.vary.add("Origin")
    else:  # what every token pays; parsing the header takes longer than the rest of this
        response.headers["Vary"] = "Origin"
    origin = request.headers.get("Origin")
    if origin is not None and has_web_origin(origin):
        _allow(response, origin)
    return response


def _answer_everyone(response: Response) -> Response:
    if "Origin" in request.headers:
        _allow(response, "*")
    return response


def _allow(response: Response, origin: str) -> None:
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET, POST, OPTIONS")
        headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
        headers["Access-Control-Max-Age"] = _MAX_AGE
