"""The gallery of tests/web/samples.py in Chromium: each page as the server sends it, with its headers, in one tab.

Nothing listens on a port: the browser's requests are answered from here, and written down.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, g
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Route
from playwright.sync_api import Page as Tab

from idp.config import Settings
from idp.oauth.pages import FormPostPage, LoggedOutPage
from idp.web import headers, pages
from tests.web.samples import PAGES

ORIGIN = "https://login.example.com"
WIDTHS = (1280, 768, 390)
THEMES = ("light", "dark")
HEIGHT = 900
MILLISECONDS = 60_000
TRANSLATED = [name for name, page in PAGES.items() if page.is_translated]
#: What sends a page away by itself: that is another test's business, and here it would take the page from us.
_LEAVING = {"form_post.js", "logged_out.js", "web_message.js"}
#: Samples that were refused, and show their reference.
_REFUSED = re.compile(r"-(wrong|throttled|refused|early|not-yet)$")
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
_MEASURES = (Path(__file__).parent / "measures.js").read_text()


@dataclass
class Gallery:
    """A tab that shows pages by the name of their sample; the lists are of the page that it shows."""

    tab: Tab
    app: Flask
    requests: dict[str, int] = field(default_factory=dict)
    """Address → bytes of the body."""
    complaints: list[str] = field(default_factory=list)
    """What the policy of the page forbade, and errors in its scripts."""
    _shown: Response | None = None
    _held: list[Route] | None = None

    def show(self, name: str, language: str = "en", width: int = WIDTHS[0], *, slowly: bool = False) -> Tab:
        """Open a page. Slowly: it is drawn before its scripts come, so that what they move is seen to move."""
        self.requests.clear()
        self.complaints.clear()
        self._shown = self._render(name, language)
        self._held = [] if slowly else None
        self.tab.set_viewport_size({"width": width, "height": HEIGHT})
        self.tab.goto(f"{ORIGIN}/page/{name}", wait_until="commit" if slowly else "load")
        if self._held is not None:
            self.tab.evaluate("measures.drawn()")
            held, self._held = self._held, None
            for route in held:
                self._fulfill(route)
            self.tab.wait_for_load_state("load")
        self.tab.evaluate("measures.settled()")
        return self.tab

    def show_in(self, language: str, name: str, width: int) -> Tab:
        """Only what a page looks like in another language: without headers and scripts, in a third of the time."""
        if not self.tab.url.startswith(ORIGIN):
            self.show(name)  # or addresses of stylesheets lead nowhere
        self._held = None
        self.tab.set_viewport_size({"width": width, "height": HEIGHT})
        self.tab.set_content(_SCRIPT.sub("", self._render(name, language).get_data(as_text=True)))
        self.tab.evaluate("measures.settled()")
        return self.tab

    def answer(self, route: Route) -> None:
        """What a request gets, scripts perhaps later."""
        if self._held is not None and route.request.url.endswith(".js"):
            self._held.append(route)
        else:
            self._fulfill(route)

    def note(self, complaint: ConsoleMessage | Error) -> None:
        """Keep what the browser complains of."""
        if isinstance(complaint, Error) or "Content Security Policy" in complaint.text:
            self.complaints.append(str(complaint if isinstance(complaint, Error) else complaint.text))

    def _fulfill(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        self.requests[route.request.url] = 0
        if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
            route.fulfill(status=204)  # a browser stays where it is
            return
        is_page = parts.path.startswith("/page/") and self._shown is not None
        response = self._shown if is_page else self.app.test_client().get(parts.path, base_url=ORIGIN)
        assert response is not None
        body = response.get_data()
        self.requests[route.request.url] = len(body)
        leaves = parts.path.rpartition("/")[2] in _LEAVING
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=b"" if leaves else body)

    def _render(self, name: str, language: str) -> Response:
        page = PAGES[name]
        with self.app.test_request_context(f"/page/{name}?lang={language}", base_url=ORIGIN):
            # As the views of these pages do
            if isinstance(page, FormPostPage):
                headers.allow_form_target(page.action)
            if isinstance(page, LoggedOutPage) and page.frames:
                headers.allow_frames(*(frame.partition("?")[0] for frame in page.frames))
            g.is_refused = _REFUSED.search(name) is not None
            response = pages.render(page)
            headers.secure(response)
            return response


def gallery_in(profile: BrowserContext) -> Gallery:
    """The gallery in a tab of this profile."""
    app = Flask("gallery", static_folder=None)
    app.config["IDP"] = Settings()
    app.jinja_env.globals["csrf_token"] = lambda: "csrf-of-this-browser"
    pages.install(app)
    profile.set_default_timeout(MILLISECONDS)
    profile.add_init_script(_MEASURES)
    gallery = Gallery(profile.new_page(), app)
    profile.route("**/*", gallery.answer)
    gallery.tab.on("console", gallery.note)
    gallery.tab.on("pageerror", gallery.note)
    return gallery
