"""The base of what the domain raises; each door has one handler that renders it."""


class DomainError(Exception):
    """A rule of the domain was not met. The message is for the person at the other end: plain, and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFoundError(DomainError):
    """What was named does not exist."""


class InvalidInputError(DomainError):
    """A value cannot be used; `field` names it."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TryLaterError(DomainError):
    """Too much is asked for now; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
