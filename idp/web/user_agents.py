"""Which device a browser says it is (RFC 9110 §10.1.5): enough for its owner to know it again, and nothing made up.

Browsers claim to be each other, so the order matters: the first name that is in the text is the one.
"""

from dataclasses import dataclass

from idp.infra.words import say

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Version/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_OF_PEOPLE = ("Mozilla/", "Opera/")
_HANDHELD = frozenset({"iPhone", "iPad", "Android"})


@dataclass(frozen=True, slots=True)
class Device:
    """What its owner would call it; `icon` is a name in components/icons.html."""

    name: str
    icon: str


def device_of(user_agent: str | None) -> Device:
    """The device of a User-Agent header."""
    text = user_agent or ""
    browser, system = _first(_BROWSERS, text), _first(_SYSTEMS, text)
    # What is not a browser of people claims less
    is_browser = text.startswith(_OF_PEOPLE)
    icon = "device" if system in _HANDHELD else "browser"
    if is_browser and browser and system:
        return Device(say("{browser} on {system}", browser=browser, system=system), icon)
    if is_browser and (browser or system):
        return Device(browser or system or "", icon)
    return Device(say("Unknown device"), "terminal" if text and not is_browser else "browser")


def device_name(user_agent: str | None) -> str | None:
    """The name of a device, if it has one."""
    text = user_agent or ""
    is_named = text.startswith(_OF_PEOPLE) and bool(_first(_BROWSERS, text) or _first(_SYSTEMS, text))
    return device_of(text).name if is_named else None


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for mark, name in names if mark in text), None)
