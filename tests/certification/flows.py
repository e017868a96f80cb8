"""The variants of a plan: which response type, and in which mode the answer comes."""

from dataclasses import dataclass

FORM_POST = "form_post"


@dataclass(frozen=True)
class Flow:
    """A response type, and the response mode where one is asked for."""

    response_type: str
    response_mode: str | None = None

    @property
    def has_code(self) -> bool:
        """Whether /authorize answers with a code."""
        return "code" in self.response_type.split()

    @property
    def has_id_token(self) -> bool:
        """Whether /authorize answers with an ID token."""
        return "id_token" in self.response_type.split()

    @property
    def has_token(self) -> bool:
        """Whether /authorize answers with an access token."""
        return "token" in self.response_type.split()

    @property
    def gives_access(self) -> bool:
        """Whether there is an access token in the end."""
        return self.has_code or self.has_token

    @property
    def mode(self) -> str:
        """How the answer has to come."""
        return self.response_mode or ("query" if self.response_type == "code" else "fragment")

    @property
    def grant_types(self) -> list[str]:
        """What a client is registered for, to use it."""
        implicit = ["implicit"] if self.has_id_token or self.has_token else []
        return (["authorization_code"] if self.has_code else []) + implicit

    def __str__(self) -> str:
        return f"{self.response_type} {self.response_mode}" if self.response_mode else self.response_type


BASIC = (Flow("code"),)
IMPLICIT = (Flow("id_token"), Flow("id_token token"))
HYBRID = (Flow("code id_token"), Flow("code token"), Flow("code id_token token"))
EVERY = (*BASIC, *IMPLICIT, *HYBRID)


def by_form_post(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The same, answered by a form."""
    return tuple(Flow(flow.response_type, FORM_POST) for flow in flows)
