"""What an app knows of its identity provider: an address, a client id and a secret, and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Registration:
    """How the sample app was registered, and where it runs."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    audience: str
    scope: str
    port: int
    authority: str | None = None
    """The certificate authority to trust beside the public ones, where the provider has one of its own."""

    @property
    def url(self) -> str:
        """Where the app is."""
        return f"http://localhost:{self.port}/"

    @property
    def callback(self) -> str:
        """Where the provider sends users back to."""
        return f"{self.url}callback"

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Registration":
        """Read the SAMPLE_* variables."""
        return cls(
            issuer=variables["SAMPLE_ISSUER"],
            client_id=variables["SAMPLE_CLIENT_ID"],
            client_secret=variables["SAMPLE_CLIENT_SECRET"],
            audience=variables["SAMPLE_AUDIENCE"],
            scope=variables["SAMPLE_SCOPE"],
            port=int(variables["SAMPLE_PORT"]),
            authority=variables.get("SAMPLE_CA"),
        )
