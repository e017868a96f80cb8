"""OpenID Connect Front-Channel Logout 1.0: the page after a logout loads each app's logout page in a hidden frame."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from idp.domain.sessions.participants import Participant
from idp.web.headers import allow_frames
from idp.web.settings import settings

#: Goes into a header: host and port, nothing else.
_PLAIN_HOST = re.compile(r"\A[A-Za-z0-9._~\-\[\]:]+\Z")


def frames(ended: Mapping[str, Sequence[Participant]]) -> tuple[str, ...]:
    """The addresses to load, which this page may then frame, and no others (§3). `ended`: sid → the apps of the login.

    All apps are told which login it is, also those that do not require it: an app may have several.
    """
    told = [
        (uri, sid)
        for sid, participants in ended.items()
        for each in participants
        if _can_be_framed(uri := each.front_channel_uri or "")
    ]
    if told:
        allow_frames(*dict.fromkeys(_origin(uri) for uri, _ in told))
    issuer = settings().issuer
    return tuple(f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': issuer, 'sid': sid})}" for uri, sid in told)


def _can_be_framed(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme in {"http", "https"} and bool(_PLAIN_HOST.match(parts.netloc))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
