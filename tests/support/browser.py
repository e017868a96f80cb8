"""A browser without scripts: keeps cookies, reads forms, sends them; follows redirects that stay on our site."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

ORIGIN = "http://localhost:8000"
MOST_REDIRECTS = 10


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Button id or value → its name and value."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag == "a" and "hreflang" not in values:
            self.links.append(values.get("href", ""))
        elif self.forms and tag == "input" and values.get("name"):
            if values.get("type") not in {"checkbox", "radio"} or "checked" in values:
                self.forms[-1].fields[values["name"]] = values.get("value", "on" if "checked" in values else "")
        elif self.forms and tag == "button":
            name, value = values.get("name", ""), values.get("value", "")
            for key in filter(None, (values.get("id"), value)):
                self.forms[-1].buttons[key] = (name, value)


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
        forms = self.forms
        chosen = next((each for each in forms if button in each.buttons), forms[form]) if button else forms[form]
        data = {**chosen.fields, **values}
        if button and chosen.buttons.get(button, ("", ""))[0]:
            name, value = chosen.buttons[button]
            data[name] = value
        return self.post(chosen.action or self.page.request.full_path, data)

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

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.page.get_data(as_text=True))
        return reader

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
        return response
