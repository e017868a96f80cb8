"""A browser without scripts, in front of the app in this process: follows redirects that stay on our site."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.forms import Document, Form, read

ORIGIN = "http://localhost:8000"
MOST_REDIRECTS = 10
TOO_MANY = 429


class Browser:
    """One browser. `page` is the last response; `elsewhere` the redirect that left our site, if one did."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: TestResponse
        self.elsewhere: str | None = None

    def get(self, url: str, **query: str) -> TestResponse:
        """Open a page and follow where it leads."""
        location = f"{url}?{urlencode(query)}" if query else url
        return self._follow(self.client.get(location, base_url=ORIGIN, headers={"Sec-Fetch-Site": "none"}))

    def submit(self, button: str | None = None, form: int = 0, **values: str) -> TestResponse:
        """Fill in a form of the page and send it, by a button (its id or value) where one is named."""
        document = self._read()
        chosen = document.form(button) if button else document.forms[form]
        assert chosen is not None, f"no {button} on the page:\n{self.page.text}"
        return self.post(chosen.action or self.page.request.full_path, chosen.filled(button or "", **values))

    def post(self, url: str, data: dict[str, str], **headers: str) -> TestResponse:
        """Send a form as a page of ours does, and follow where it leads."""
        own = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", **headers}
        return self._follow(self.client.post(url, base_url=ORIGIN, data=data, headers=own))

    @property
    def forms(self) -> list[Form]:
        """The forms of the page."""
        return self._read().forms

    @property
    def links(self) -> list[str]:
        """The links of the page, but for those to the same in another language."""
        return self._read().links

    @property
    def answer(self) -> dict[str, str]:
        """What the app was sent: the parameters of the redirect that left our site."""
        assert self.elsewhere is not None, self.page.get_data(as_text=True)[:2000]
        parts = urlsplit(self.elsewhere)
        return dict(parse_qsl(parts.query or parts.fragment))

    @property
    def state(self) -> str:
        """The id of the interaction that the page belongs to."""
        return parse_qs(urlsplit(self.page.request.url).query)["state"][0]

    def _read(self) -> Document:
        return read(self.page.get_data(as_text=True))

    def _follow(self, response: TestResponse) -> TestResponse:
        self.elsewhere = None
        for _ in range(MOST_REDIRECTS):
            location = response.headers.get("Location")
            if location is None:
                break
            if not location.startswith(("/", ORIGIN)):
                self.elsewhere = location
                break
            response = self.client.get(location, base_url=ORIGIN)
        self.page = response
        if response.status_code == TOO_MANY:  # RFC 6585 §4; every page that slows somebody down says until when
            assert int(response.headers["Retry-After"]) > 0
        return response
