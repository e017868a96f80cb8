"""A person with a browser that runs no scripts, over HTTP: opens addresses, fills in forms, goes where it is sent."""

from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from tests.support.factories import EMAIL, PASSWORD
from tests.support.forms import read

PATIENCE = 60


class Visitor:
    """`page` is the last response, of whichever site."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.page: requests.Response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def open(self, url: str) -> requests.Response:
        """Follow a link, and all redirects from it."""
        self.page = self.session.get(url, timeout=PATIENCE)
        return self.page

    def submit(self, button: str, **values: str) -> requests.Response:
        """Fill in the form with this button, and press it."""
        form = read(self.page.text).form(button)
        assert form is not None, f"no {button} on {self.page.url}:\n{self.page.text}"
        data = form.filled(button, **values)
        parts = urlsplit(self.page.url)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
        self.page = self.session.post(urljoin(self.page.url, form.action), data, headers=headers, timeout=PATIENCE)
        return self.page

    def sign_in(self) -> requests.Response:
        """Fill in the hosted login page."""
        assert self.page.url.partition("?")[0].endswith("/u/login"), f"{self.page.url}\n{self.page.text}"
        return self.submit("login-submit", username=EMAIL, password=PASSWORD)

    def read(self, url: str) -> dict[str, Any]:
        """What an app answers in JSON."""
        return answered(self.open(url))


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """A person's browser without scripts."""
    with Visitor() as opened:
        yield opened


def answered(page: requests.Response) -> dict[str, Any]:
    """The JSON of a page, which must be a good one."""
    assert page.status_code == 200, f"{page.url}: {page.status_code}\n{page.text}"
    answer: dict[str, Any] = page.json()
    return answer
