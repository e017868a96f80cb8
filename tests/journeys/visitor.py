"""A person with a browser that runs no scripts, over HTTP: opens addresses, fills in forms, goes where it is sent."""

from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests

from tests.support.browser import Form, _Reader
from tests.support.factories import EMAIL, PASSWORD


class Visitor:
    """`page` is the last response, of whichever site."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self.page: requests.Response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def open(self, url: str) -> requests.Response:
        """Follow a link, and all redirects from it."""
        self.page = self._session.get(url, timeout=30)
        return self.page

    def submit(self, button: str, **values: str) -> requests.Response:
        """Fill in the form with this button, and press it."""
        form = next(each for each in self._forms() if button in each.buttons)
        name, value = form.buttons[button]
        data = {**form.fields, **values, **({name: value} if name else {})}
        parts = urlsplit(self.page.url)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
        self.page = self._session.post(urljoin(self.page.url, form.action), data, headers=headers, timeout=30)
        return self.page

    def sign_in(self) -> requests.Response:
        """Fill in the hosted login page."""
        assert self.page.url.partition("?")[0].endswith("/u/login"), f"{self.page.url}\n{self.page.text}"
        return self.submit("login-submit", username=EMAIL, password=PASSWORD)

    def read(self, url: str) -> dict[str, Any]:
        """What an app answers in JSON."""
        return answered(self.open(url))

    def _forms(self) -> list[Form]:
        reader = _Reader()
        reader.feed(self.page.text)
        return reader.forms


def answered(page: requests.Response) -> dict[str, Any]:
    """The JSON of a page, which must be a good one."""
    assert page.status_code == 200, f"{page.url}: {page.status_code}\n{page.text}"
    answer: dict[str, Any] = page.json()
    return answer
