"""Where a login without an app may lead: our own pages, named by path. Anything else is dropped, never repaired."""

import re

#: One slash before each name, no dot segments, nothing encoded in the path: what browsers and proxies agree on.
_PATH = re.compile(
    r"\A/(?:admin|account|activate|u/invitation)(?:/[\w-][\w.-]*)*/?(?:\?[\w.~:@!$&'()*+,;=/?%-]*)?\Z", re.ASCII
)
_MAXIMUM_LENGTH = 1000
#: The bare host: it says who is signed in, or lets a person sign in. Where to go when nothing better is known.
FRONT = "/"


def safe_path(path: str | None) -> str | None:
    """The path, if it is one of ours."""
    if path is None or len(path) > _MAXIMUM_LENGTH or not _PATH.match(path):
        return None
    return path
