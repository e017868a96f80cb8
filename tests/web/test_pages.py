"""Every page renders, uses what it is given, can be read by everyone, and needs nothing that the CSP forbids."""

import ast
import dataclasses
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template

from idp.config import Settings
from idp.web import languages, pages
from idp.web.pages import Page, static_url
from idp.web.scope_words import scope_lines
from tests.web.samples import MAILS, PAGES

VOID = {"meta", "link", "img", "input", "source", "path", "circle", "rect", "br"}
LABELLED = {"text", "email", "password", "url", "radio", "checkbox"}
WEIGHT = 60 * 1024


class Document(HTMLParser):
    """The elements of a page, and what a browser would have to forgive."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.text: dict[str, str] = defaultdict(str)
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self._open)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if self._open:
            self.text[self._open[-1]] += data.strip()

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]


@pytest.fixture(scope="module")
def app():
    """One for all: compiling a template takes longer than all else here."""
    app = Flask("pages", static_folder=None)
    app.config["IDP"] = Settings()
    app.jinja_env.globals["csrf_token"] = lambda: "csrf-of-this-browser"
    pages.install(app)
    return app


def rendered(app: Flask, page: Page) -> str:
    with app.test_request_context():
        return pages.render(page).get_data(as_text=True)


@pytest.fixture(params=PAGES)
def page(request):
    return PAGES[request.param]


@pytest.fixture
def document(app, page):
    return Document(rendered(app, page))


def test_the_markup_is_whole_and_names_its_language_title_and_subject(document):
    assert document.faults == []
    assert document.all("html")[0]["lang"] == "en"
    assert document.text["title"]
    assert len(document.all("h1")) == 1
    assert len(document.all("main")) == 1


def test_no_two_pages_have_one_title(app):
    """WCAG 2.2, 2.4.2: who listens to a page, or looks at tabs, tells one step from another by its title."""
    templates = defaultdict(set)
    for page in PAGES.values():
        title = Document(rendered(app, page)).text["title"]
        templates[title.removeprefix("Error: ")].add(page.template)
    assert {title: found for title, found in templates.items() if len(found) > 1} == {}


def test_nothing_needs_a_looser_content_security_policy(document):
    for tag, attributes, _ in document.elements:
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or (attributes["src"] or "").startswith("/static/")
        assert not (attributes.get("href") or "").startswith("javascript:")


def test_every_field_has_a_label_or_a_name(document):
    labels = {label.get("for") for label in document.all("label")}
    for tag, attributes, around in document.elements:
        if tag == "input" and attributes.get("type", "text") in LABELLED:
            assert "label" in around or attributes.get("id") in labels or attributes.get("aria-label")


def test_ids_are_unique_and_what_refers_to_them_finds_them(document):
    ids = [attributes["id"] for _, attributes, _ in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes, _ in document.elements:
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for", "data-copy"):
            assert set((attributes.get(name) or "").split()) <= set(ids)


def test_at_most_one_place_takes_the_focus(document):
    assert sum("autofocus" in attributes for _, attributes, _ in document.elements) <= 1


def test_forms_that_post_to_us_carry_the_csrf_field_and_others_do_not(app, page):
    html = rendered(app, page)
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        ours = 'id="form-post"' not in form
        assert ('name="csrf_token" value="csrf-of-this-browser"' in form) == ours
        assert 'method="post"' in form


def test_a_page_and_its_files_stay_under_the_weight_limit(app, page):
    html = rendered(app, page)
    files = set(re.findall(r'(?:href|src)="(/static/[0-9a-f]{12}/[^"]+)"', html))
    assert files
    client = app.test_client()
    assert len(html.encode()) + sum(len(client.get(file).data) for file in files) <= WEIGHT


class Recorder:
    """A page that notes which of its fields a template looks at."""

    def __init__(self, page: Page, seen: set[str]) -> None:
        self._page, self._seen = page, seen

    def __getattr__(self, name):
        self._seen.add(name)
        method = getattr(type(self._page), name, None)
        return method.__get__(self) if isinstance(method, property) else getattr(self._page, name)


def test_templates_use_every_field_of_their_page(app):
    seen: dict[type[Page], set[str]] = defaultdict(set)
    with app.test_request_context():
        for page in PAGES.values():
            recorder = Recorder(page, seen[type(page)])
            render_template(page.template, page=recorder, language=languages.ENGLISH, languages=())
    for kind, names in seen.items():
        assert {field.name for field in dataclasses.fields(kind)} - names == set(), kind.__name__


def test_every_page_class_has_a_sample():
    def below(kind):
        return {kind} | {deeper for child in kind.__subclasses__() for deeper in below(child)}

    shown = {kind for kind in below(Page) if hasattr(kind, "template")}
    assert shown == {type(page) for page in PAGES.values()}


def test_every_template_says_what_it_is_given():
    for template in pages.template_folder().rglob("*.[ht][tx][mt]*"):
        if "snippets" not in template.parts:
            assert template.read_text().startswith("{# "), template


def test_values_are_escaped(app):
    page = dataclasses.replace(PAGES["login"], username='"><script>alert(1)</script>', error="<b>no</b>")
    html = rendered(app, page)
    assert "<script>alert" not in html
    assert "&lt;b&gt;no" in html


def test_snippets_escape_their_values(app):
    page = dataclasses.replace(PAGES["app-web"], callback="http://localhost:3000/</code><script>")
    assert "<script>" not in rendered(app, page)


@pytest.mark.parametrize("name", ["flask", "native", "native_scheme", "machine", "fastapi"])
def test_python_snippets_are_python_and_hold_the_real_values(app, name):
    page = PAGES[{"native": "app-native", "native_scheme": "app-native-scheme"}.get(name, "app-web")]
    with app.test_request_context():
        code = render_template(f"admin/snippets/{name}.txt", page=page)
    ast.parse(code)
    assert "https://login.example.com/" in code


def test_wrong_credentials_and_unknown_user_are_one_sentence_that_focuses_the_password(app):
    document = Document(rendered(app, PAGES["login-wrong"]))
    password = next(field for field in document.all("input") if field.get("name") == "password")
    assert "autofocus" in password
    assert password["aria-describedby"] == "form-error"
    username = next(field for field in document.all("input") if field.get("name") == "username")
    assert username["value"] == "maria.lindqvist@example.com"


def test_throttling_says_how_long_and_offers_another_way(app):
    html = rendered(app, PAGES["login-throttled"])
    assert "Wait 5 minutes" in html
    assert "Choose a new password" in html


def test_only_the_developer_page_shows_the_checks(app):
    assert "redirect_uri is registered" in rendered(app, PAGES["error-checks"])
    assert 'class="developer"' not in rendered(app, PAGES["error"])


def test_the_address_of_a_static_file_follows_its_content(app):
    client = app.test_client()
    for file in pages.STATIC_FOLDER.iterdir():
        answer = client.get(static_url(file.name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        stale = client.get(f"/static/000000000000/{file.name}")
        assert stale.status_code == 200
        assert stale.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["../web/pages.py", "%2e%2e/config.py", "nothing.css", "..%2fconfig.py"])
def test_static_files_are_those_of_the_folder_alone(app, path):
    assert app.test_client().get(f"/static/000000000000/{path}").status_code == 404


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_has_a_subject_a_text_and_one_button(app, mail):
    template = mail.partition(" ")[0]
    with app.test_request_context():
        text = render_template(f"mail/{template}.txt", **MAILS[mail])
        html = render_template(f"mail/{template}.html", language=languages.ENGLISH, **MAILS[mail])
    subject, empty, _ = text.split("\n", 2)
    assert subject.startswith("Subject: ")
    assert empty == ""
    assert f"<title>{subject.removeprefix('Subject: ')}</title>" in html
    # A code is typed where one began: there is nowhere to go
    assert html.count('class="button"') == (0 if mail in {"sign_in (code)", "account_deleted"} else 1)
    said = {"expires_in": "1 day" if mail == "verify_email" else "1 hour", "when": "23 November 2026, 01:04 UTC"}
    said["device"] = "Firefox on Windows"
    values = {name: value for name, value in MAILS[mail].items() if value is not None and not isinstance(value, bool)}
    for name, value in values.items():
        assert str(said.get(name, value)) in text
        assert str(said.get(name, value)) in html.replace("\xa0", " ")
    assert "this not you" in text
    assert "this not you" in html


def test_mail_layouts_load_nothing_from_elsewhere(app):
    with app.test_request_context():
        html = render_template("mail/verify_email.html", language=languages.ENGLISH, **MAILS["verify_email"])
    assert not re.search(r"<(img|link|script)|url\(", html)


def test_a_scope_is_told_by_the_standard_by_its_api_or_by_its_name():
    lines = scope_lines(["email", "read:notes", "x"], {"read:notes": "Read your notes"})
    assert [line.title for line in lines] == ["See your e-mail address", "Read your notes", "x"]


def test_stylesheets_and_scripts_keep_the_length_limit():
    for file in Path(pages.STATIC_FOLDER).iterdir():
        assert len(file.read_text().splitlines()) <= 400, file.name


@pytest.mark.parametrize(
    ("method", "path", "name", "kept"),
    [
        ("POST", "/u/login", "login-wrong", "private, no-cache"),
        ("GET", "/u/login", "login-wrong", "no-store"),
        ("POST", "/u/totp/set-up", "totp-set-up", "no-store"),
        ("POST", "/u/totp/set-up", "recovery-codes", "no-store"),
        ("POST", "/account", "account-profile", "no-store"),
    ],
)
def test_only_answers_of_the_login_without_secrets_are_kept_for_the_back_button(app, method, path, name, kept):
    with app.test_request_context(path, method=method):
        assert pages.render(PAGES[name]).headers["Cache-Control"] == kept
