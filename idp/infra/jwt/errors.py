"""The two things that can be wrong: a token, or a key."""


class InvalidToken(Exception):
    """The token must not be believed. `reason` is plain words for an operator; never show it to an unknown caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidKey(Exception):
    """The key cannot be used: unknown kind, too weak, or private where a public one belongs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
