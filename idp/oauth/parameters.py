"""Reading parameters: `null` and "" are absent, unknown ones ignored, doubled ones refused (RFC 6749 §3.1, §3.2)."""

from collections.abc import Mapping
from json import JSONDecoder
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from flask import Request, abort

from idp.oauth.errors import Refusal, invalid_request, refusal

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_LONGEST = 16 * 1024
_LONGEST_QUERY = 48 * 1024
_PAIRS = JSONDecoder(object_pairs_hook=list)
_MOST = 100


def body_parameters(request: Request) -> dict[str, str]:
    """The parameters of a POST, as a form or as JSON; never from the query.

    Raises:
        Refusal: invalid_request.
    """
    if request.query_string and request.args:
        raise invalid_request("Send parameters in the body, not in the URL.", "parameters in the body", "no query")
    if request.content_type == FORM:  # as nearly all send it; else what it says has to be taken apart
        return _single(_form(request))
    if request.mimetype == JSON:
        return _from_json(request.get_data())
    if request.mimetype not in {FORM, ""}:
        raise invalid_request(f"Send {FORM} or {JSON}.", "content type", f"{FORM} or {JSON}", request.mimetype)
    return _single(_form(request))


def address_of(request: Request) -> str:
    """The same request by GET: an app's form is sent without our Lax cookies, the GET that follows with them.

    What no server takes in an address is refused as too large (413).
    """
    query = urlencode(list(request.values.items(multi=True)))
    if len(query) > _LONGEST_QUERY:
        abort(413)
    return f"{request.path}?{query}"


def _form(request: Request) -> dict[str, list[str]]:
    """The form, by the standard library: at a fraction of what Werkzeug's streaming parser costs every token."""
    try:
        pairs = parse_qsl(request.get_data().decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError:
        raise invalid_request("The body is not a form.", "body", f"{FORM} in UTF-8") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def required(parameters: Mapping[str, str], name: str) -> str:
    """A parameter that has to be there.

    Raises:
        Refusal: invalid_request.
    """
    value = parameters.get(name)
    if value is None:
        raise invalid_request(f"The parameter {name} is missing.", name, "a value", "nothing")
    return value


def doubled(name: str, count: int) -> Refusal:
    """A parameter came more than once (RFC 6749 §3.1); a resource may, but one is answered at a time (RFC 8707 §2)."""
    error = "invalid_target" if name == "resource" else "invalid_request"
    return refusal(error, f"The parameter {name} was sent more than once.", name, "one", count)


def _single(values: dict[str, list[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, several in values.items():
        if len(several) > 1:
            raise doubled(name, len(several))
        if several[0]:
            found[name] = _plain(name, several[0])
    return found


def _from_json(body: bytes) -> dict[str, str]:
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid_request("The body is not JSON.", "body", "a JSON object") from None
    if not isinstance(parsed, dict):
        raise invalid_request("The body must be a JSON object.", "body", "a JSON object", type(parsed).__name__)
    _check_members(body, len(parsed))
    found = {}
    for name, value in parsed.items():
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise invalid_request(f"The parameter {name} must be a string.", name, "a string", type(value).__name__)
        found[name] = _plain(name, value)
    return found


def _check_members(body: bytes, count: int) -> None:
    # RFC 8259 §4: which of two members of one name counts differs by reader; orjson takes the last in silence.
    try:
        members = _PAIRS.decode(body.decode())
    except RecursionError:
        raise invalid_request("The body is too deep.", "body", "a flat JSON object") from None
    if len(members) != count:
        raise invalid_request("A member was sent more than once.", "body", "each member once")


def _plain(name: str, value: str) -> str:
    if len(value) > _LONGEST or "\0" in value:
        raise invalid_request(f"The parameter {name} is malformed.", name, f"up to {_LONGEST} characters without NUL")
    return value
