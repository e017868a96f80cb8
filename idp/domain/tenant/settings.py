"""The settings that this process runs with, for rules that depend on them."""

from idp.config import Settings

_current: list[Settings] = []


def use(settings: Settings) -> None:
    """Run with these settings from now on."""
    _current[:] = [settings]


def current() -> Settings:
    """The settings in use."""
    return _current[0]
