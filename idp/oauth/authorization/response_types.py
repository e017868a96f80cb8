"""What each response type sends back from /authorize (OAuth 2.0 Multiple Response Types §3 and §5, OIDC Core §3)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResponseType:
    """Which of the three the browser carries."""

    code: bool = False
    id_token: bool = False
    token: bool = False

    @property
    def is_front_channel(self) -> bool:
        """Whether a token travels through the browser: then never in a query (Multiple Response Types §3)."""
        return self.id_token or self.token


#: By name, its words in order. A client gets those it is registered for: `code` alone, unless told otherwise.
RESPONSE_TYPES: Mapping[str, ResponseType] = {
    "code": ResponseType(code=True),
    "id_token": ResponseType(id_token=True),
    "id_token token": ResponseType(id_token=True, token=True),
    "code id_token": ResponseType(code=True, id_token=True),
    "code token": ResponseType(code=True, token=True),
    "code id_token token": ResponseType(code=True, id_token=True, token=True),
}


def canonical(sent: str) -> str:
    """The name of a response type, whatever the order of its words (Multiple Response Types §3)."""
    return " ".join(sorted(sent.split(" ")))


def default_mode(sent: str) -> str:
    """The response mode where none is asked for: also right for an error about a type that does not exist."""
    return "fragment" if {"token", "id_token"} & set(sent.split(" ")) else "query"
