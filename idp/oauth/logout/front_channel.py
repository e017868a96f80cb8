"""OpenID Connect Front-Channel Logout 1.0: the page after a logout loads each app's logout page in a hidden frame."""

import re
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from idp.domain.sessions.participants import Participant
from idp.web.headers import allow_frames
from idp.web.settings import settings

#: Goes into a header: host and port, nothing else.
_PLAIN_HOST = re.compile(r"\A[A-Za-z0-9._~\-\[\]:]+\Z")


def frames(participants: Sequence[Participant], sid: str) -> tuple[str, ...]:
    """The addresses to load, which this page may then frame, and no others (§3).

    All apps are told which login it is, also those that do not require it: an app may have several.
    """
    uris = [each.front_channel_uri for each in participants if _can_be_framed(each.front_channel_uri)]
    if not uris:
        return ()
    allow_frames(*dict.fromkeys(_origin(uri) for uri in uris if uri))
    told = urlencode({"iss": settings().issuer, "sid": sid})
    return tuple(f"{uri}{'&' if '?' in uri else '?'}{told}" for uri in uris if uri)


def _can_be_framed(uri: str | None) -> bool:
    parts = urlsplit(uri or "")
    return parts.scheme in {"http", "https"} and bool(_PLAIN_HOST.match(parts.netloc))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
