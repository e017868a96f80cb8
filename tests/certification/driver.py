"""A browser without scripts that goes through our pages over https, until it is sent to an app or stands still.

The app is never opened: where the browser is sent, by a redirect or by the form of `response_mode=form_post`, is the
answer.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool

from tests.support.forms import Document, read

MOST_PAGES = 12
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Account:
    """Who signs in."""

    email: str
    password: str


@dataclass(frozen=True)
class Answer:
    """What an app was sent, where, how, and past which pages."""

    uri: str
    """Where to, without what was added."""
    mode: str
    parameters: dict[str, str]
    pages: tuple[str, ...]
    first_page: "Page | None" = None


@dataclass(kw_only=True)
class Page(Document):
    """What is on a page, and how it came."""

    url: str
    status: int
    text: str
    headers: Any = field(repr=False)

    @property
    def name(self) -> str:
        """The path: which of our pages it is."""
        return urlsplit(self.url).path


def page_of(response: requests.Response) -> Page:
    """The page of a response."""
    parts = vars(read(response.text))
    return Page(**parts, url=response.url, status=response.status_code, text=response.text, headers=response.headers)


class ToLoopback(HTTPAdapter):
    """Finds a name of the tests at this machine, and asks for that name's certificate."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """As the base class, but for the address."""
        host, options = self.build_connection_pool_key_attributes(request, verify, cert)
        named = {**options, "server_hostname": self.name, "assert_hostname": self.name}
        return self.poolmanager.connection_from_host(**{**host, "host": LOOPBACK}, pool_kwargs=named)

    def add_headers(self, request: Any, **_: Any) -> None:
        """The name, where the address would stand."""
        request.headers["Host"] = urlsplit(request.url).netloc


def open_session(issuer: str, authority: Path, address: str) -> requests.Session:
    """An HTTP client that trusts the server's authority; `address` is whose request it is, as a proxy would say."""
    session = requests.Session()
    session.trust_env = False
    session.verify = str(authority)
    session.headers["X-Forwarded-For"] = address
    session.mount(issuer, ToLoopback(urlsplit(issuer).hostname or ""))
    return session


class Browser:
    """One person's browser. It fills in the pages that it knows; all others it stops at."""

    def __init__(self, issuer: str, account: Account, session: requests.Session) -> None:
        self.issuer = issuer
        self.account = account
        self.http = session
        self.pages: list[Page] = []
        """Those seen since the last `open` or `post`."""
        self.answer: Answer | None = None

    @property
    def page(self) -> Page:
        """The page it stands at."""
        return self.pages[-1]

    def open(self, url: str, parameters: dict[str, str] | None = None) -> Answer | None:
        """Open an address and go on from there; the answer, if an app was sent one."""
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}" if parameters else url
        self._begin()
        return self._go_on(self._get(address))

    def post(self, url: str, parameters: dict[str, str]) -> Answer | None:
        """Send a form from a page of an app, and go on from there."""
        self._begin()
        origin = {"Origin": "https://app.example.com", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        cookies, self.http.cookies = self.http.cookies, requests.cookies.RequestsCookieJar()
        # Lax cookies do not travel with it, but those that come back are kept.
        response = self.http.post(url, parameters, headers=origin, allow_redirects=False, timeout=60)
        cookies.update(self.http.cookies)
        self.http.cookies = cookies
        return self._go_on(response)

    def press(self, button: str, **values: str) -> Answer | None:
        """Fill in a form of the page and press its button."""
        form = self.page.form(button)
        assert form is not None, f"no {button} on {self.page.url}:\n{self.page.text[-3000:]}"
        headers = {"Origin": self.issuer.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        target = urljoin(self.page.url, form.action)
        data = form.filled(button, **values)
        return self._go_on(self.http.post(target, data, headers=headers, allow_redirects=False, timeout=60))

    def forget(self) -> None:
        """A browser that was never here."""
        self.http.cookies.clear()

    def _begin(self) -> None:
        self.pages, self.answer = [], None

    def _get(self, url: str) -> requests.Response:
        return self.http.get(url, headers={"Sec-Fetch-Mode": "navigate"}, allow_redirects=False, timeout=60)

    def _go_on(self, response: requests.Response) -> Answer | None:
        for _ in range(MOST_PAGES):
            assert response.status_code < 500, f"{response.url}: {response.status_code}\n{response.text}"
            if response.is_redirect:
                target = urljoin(response.url, response.headers["Location"])
                if not target.startswith(self.issuer):
                    return self._arrived(target)
                response = self._get(target)
                continue
            self.pages.append(page_of(response))
            return self._act()
        raise AssertionError(f"it never ends: {[page.url for page in self.pages]}")

    def _act(self) -> Answer | None:
        """Do what a person would on the page that is there; nothing where it is a refusal."""
        if self.page.form("login-submit"):
            assert len(self.pages) < MOST_PAGES, self.page.text
            return self.press("login-submit", username=self.account.email, password=self.account.password)
        if self.page.form("consent-allow"):
            return self.press("consent-allow")
        posted = [form for form in self.page.forms if not form.action.startswith(("/", self.issuer)) and form.action]
        if posted and posted[0].method == "post":
            return self._sent(posted[0].action, "form_post", posted[0].fields)
        return None

    def _arrived(self, target: str) -> Answer:
        parts = urlsplit(target)
        if parts.fragment:
            return self._sent(target.partition("#")[0], "fragment", _once(parts.fragment))
        return self._sent(target, "query", _once(parts.query))

    def _sent(self, uri: str, mode: str, parameters: dict[str, str]) -> Answer:
        pages = tuple(page.name for page in self.pages if not (mode == "form_post" and page is self.page))
        first = self.pages[0] if self.pages else None
        self.answer = Answer(uri, mode, parameters, pages, first)
        return self.answer


def _once(encoded: str) -> dict[str, str]:
    pairs = parse_qsl(encoded, keep_blank_values=True, strict_parsing=True) if encoded else []
    assert len(dict(pairs)) == len(pairs), f"a parameter comes twice: {encoded}"
    return dict(pairs)
