"""Devices are called what their owners call them; what says little is told as little."""

import pytest

from idp.web.user_agents import device_of

SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name", "icon"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0", "Chrome on Windows", "browser"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Edg/140.0", "Edge on Windows", "browser"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "Safari on Mac", "browser"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {SAFARI} Mobile", "Safari on iPhone", "device"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/140.0 Mobile", "Chrome on iPhone", "device"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux", "browser"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android", "device"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0.0.0", "Chrome on ChromeOS", "browser"),
        ("Mozilla/5.0 (Linux; Android 15)", "Android", "device"),
        ("Mozilla/5.0 Firefox/143.0", "Firefox", "browser"),
        ("Mozilla/5.0", "Unknown device", "browser"),
        ("curl/8.5.0", "Unknown device", "terminal"),
        ("python-requests/2.34 Linux", "Unknown device", "terminal"),
        ("<script>alert(1)</script>", "Unknown device", "terminal"),
        ("", "Unknown device", "browser"),
        (None, "Unknown device", "browser"),
    ],
)
def test_a_device_is_told(user_agent: str | None, name: str, icon: str) -> None:
    device = device_of(user_agent)
    assert (device.name, device.icon) == (name, icon)
