"""The same form, sent by several threads in the same instant."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from tests.support.browser import ORIGIN, Browser


def at_once(app: Flask, browser: Browser, count: int, **typed: str) -> list[str]:
    """Send the first form of the page so often at once; where each answer leads, or its status."""
    form = browser.forms[0]
    cookies = [browser.client.get_cookie(name) for name in ("idp_browser", "idp_session", "idp_device")]

    def send(_: int) -> str:
        client = app.test_client()
        for cookie in cookies:
            if cookie is not None:
                client.set_cookie(cookie.key, cookie.value)
        answer = client.post(form.action, base_url=ORIGIN, data={**form.fields, **typed})
        return answer.location or str(answer.status_code)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(send, range(count)))
