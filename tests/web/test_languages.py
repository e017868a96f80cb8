"""Who reads what: picked, asked for by the app, preferred by the browser, usual here. And values stay values."""

import dataclasses
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from idp.app import create_app
from idp.config import Settings
from idp.domain.lifecycle.passwords import request_reset
from idp.domain.users.accounts import create_user
from idp.infra import jobs, words
from idp.infra.db import unit_of_work
from idp.infra.words import Moment, Span, say
from idp.web import languages, pages
from idp.web.languages import LANGUAGES
from idp.web.mails import render_mail
from tests.support.browser import ORIGIN, Browser
from tests.web.samples import PAGES

EMAIL = "maria@example.com"
EVIL = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def nobody_is_served() -> Iterator[None]:
    yield
    words.use_language(None)


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """A catalogue of each language that says the texts in its own way, whether it is translated yet or not."""

    def invent(said: dict[str, str]) -> None:
        monkeypatch.setattr(languages, "catalogue", lambda tag: {key: f"[{tag}] {text}" for key, text in said.items()})

    return invent


def language_of(app: Flask, path: str = "/u/login", **headers: str) -> str:
    text = app.test_client().get(path, base_url=ORIGIN, headers=headers).get_data(as_text=True)
    [found] = re.findall(r'<html lang="(\w+)"', text)
    return found


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("xx,fr;q=0.8", "fr"),
        ("en;q=0.3,ja;q=0.9", "ja"),
        ("de;q=0,nl;q=0.1", "nl"),
        ("xx", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_what_it_prefers(app, accepted, tag):
    assert language_of(app, **{"Accept-Language": accepted}) == tag


def test_what_the_person_picks_is_remembered_and_beats_the_browser(app):
    client = app.test_client()
    german = {"Accept-Language": "fr"}
    page = client.get("/u/login?lang=de", base_url=ORIGIN, headers=german)
    assert '<html lang="de"' in page.text
    assert "Anmelden" in page.text
    assert '<html lang="de"' in client.get("/u/login", base_url=ORIGIN, headers=german).text
    assert '<html lang="de"' in client.get("/u/login?lang=xx", base_url=ORIGIN, headers=german).text
    assert '<html lang="it"' in client.get("/nothing?lang=it", base_url=ORIGIN, headers=german).text
    assert '<html lang="it"' in client.get("/u/login", base_url=ORIGIN, headers=german).text


def test_what_the_app_asks_for_beats_the_browser_but_not_the_person(app):
    client = app.test_client()
    french = {"Accept-Language": "fr"}
    path = "/oidc/logout?ui_locales=xx+de-CH"
    assert '<html lang="de"' in client.get(path, base_url=ORIGIN, headers=french).text
    assert '<html lang="pl"' in client.get(path + "&lang=pl", base_url=ORIGIN, headers=french).text
    assert '<html lang="pl"' in client.get(path, base_url=ORIGIN, headers=french).text


def test_a_deployment_has_a_language_of_its_own(settings: Settings, app: Flask) -> None:
    own = create_app(settings.model_copy(update={"language": "nl"}))
    assert language_of(own) == "nl"
    assert language_of(own, **{"Accept-Language": "pl"}) == "pl"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_every_language_is_offered_under_its_own_name_and_runs_its_way(app, language):
    text = app.test_client().get(f"/u/login?return_to=/admin&lang={language.tag}", base_url=ORIGIN).text
    assert f'<html lang="{language.tag}" dir="{language.direction}">' in text
    offered = re.findall(r'<a href="([^"]+)" lang="(\w+)" hreflang="\w+"[^>]*>([^<]+)</a>', text)
    assert [(tag, name) for _, tag, name in offered] == [(each.tag, each.name) for each in LANGUAGES]
    assert {href for href, tag, _ in offered if tag == "de"} == {"?return_to=%2Fadmin&amp;lang=de"}


def test_a_path_that_looks_like_a_host_is_no_way_out_of_the_site(app):
    text = app.test_client().get("/", environ_overrides={"PATH_INFO": "//evil.example/"}).text
    assert re.findall(r'<a href="([^"?]*)[^"]*" lang="', text) == [""] * len(LANGUAGES)


def test_a_page_with_a_long_query_is_not_made_fifteen_times_as_long(app):
    assert "hreflang" not in app.test_client().get(f"/nothing?a={'b' * 2000}", base_url=ORIGIN).text


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_values_are_escaped_in_every_language(app, invented, language):
    invented({"Sign in to {app}": "<i>{app}</i>", "Cancel and return to {app}": "{app}"})
    evil = dataclasses.replace(
        PAGES["login"], app=pages.AppView(name=EVIL), cancel_action="/", error=say("{a}", a=EVIL)
    )
    with app.test_request_context(f"/?lang={language.tag}"):
        text = pages.render(evil).get_data(as_text=True)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert ("<i>" in text) is False


def test_error_pages_are_in_the_language_of_the_reader_and_the_consoles_in_english(app):
    german = {"Accept-Language": "de"}
    client = app.test_client()
    assert "Hier gibt es nichts" in client.get("/nothing", base_url=ORIGIN, headers=german).text
    assert (
        "Dieser Link zur Anmeldung funktioniert nicht" in client.get("/authorize", base_url=ORIGIN, headers=german).text
    )
    console = client.get("/setup?token=x", base_url=ORIGIN, headers=german).text
    assert '<html lang="en"' in console
    assert "This set-up link is over" in console
    assert "hreflang" not in console


def test_programs_are_answered_in_english(app):
    answer = app.test_client().get("/oauth/nothing", base_url=ORIGIN, headers={"Accept-Language": "de"})
    assert answer.get_json()["error_description"] == "The address may be mistyped, or the page has moved."


def test_logging_out_is_in_the_language_of_the_reader(app):
    text = app.test_client().get("/v2/logout", base_url=ORIGIN, headers={"Accept-Language": "de"}).text
    assert "Sie sind abgemeldet" in text


def test_a_refused_form_says_why_in_the_language_of_the_reader(app):
    browser = Browser(app)
    browser.get("/u/login?lang=de")
    browser.submit(username=EMAIL, password="wrong")
    assert "E-Mail-Adresse und Passwort passen nicht zusammen." in browser.page.text
    browser.get("/u/signup")
    browser.submit(email=EMAIL, password="short")
    assert "Nehmen Sie mindestens 15 Zeichen. Dieses hat 5." in browser.page.text


@pytest.mark.parametrize(
    ("tag", "subject", "life"),
    [("de", "Neues Passwort wählen", "15 Minuten"), ("en", "Choose a new password", "15 minutes")],
)
def test_a_mail_is_in_the_language_of_whoever_asked_for_it(app, tag, subject, life):
    with app.app_context(), unit_of_work():
        create_user(EMAIL)
    browser = Browser(app)
    browser.get(f"/u/reset-password?lang={tag}")
    browser.submit(email=EMAIL)
    with app.app_context():
        [kept] = jobs.list_kept("mail")
        # Whoever looks into the mailbox of a development server reads another language
        with app.test_request_context(headers={"Accept-Language": "fr"}):
            mail = render_mail(kept.payload)
    assert mail.subject == subject
    assert life in mail.text
    assert f'lang="{tag}"' in (mail.html or "")
    assert "&#39;" not in mail.text


def test_a_mail_that_nobody_asked_for_is_in_the_language_of_the_deployment(settings: Settings, app: Flask) -> None:
    own = create_app(settings.model_copy(update={"language": "de"}))
    with own.app_context():
        with unit_of_work():
            create_user(EMAIL)
            request_reset(EMAIL, None)
        [kept] = jobs.list_kept("mail")
        assert render_mail(kept.payload).subject == "Neues Passwort wählen"


@pytest.mark.parametrize(("named", "subject"), [({}, "Choose a"), ({"language": "de"}, "Neues Passwort")])
def test_a_mail_of_the_previous_release_can_still_be_sent(app, work, named, subject):
    context = {"email": EMAIL, "url": "https://login.example.com/", "expires_in": "15 minutes", "ip": None}
    mail = render_mail({"template": "reset_password", "to": EMAIL, "context": context, **named})
    assert mail.subject.startswith(subject)
    assert named or "The link works once, for 15 minutes." in mail.text


def test_durations_and_times_are_written_as_the_language_does(app):
    said = say("Wait {time}, then try again.", time=Span(300)), say("{time}", time=Moment(1795395849))
    assert [str(each) for each in said] == ["Wait 5 minutes, then try again.", "23 November 2026, 01:04 UTC"]
    template = app.jinja_env.from_string("{{ a | t }} | {{ b | t }}")
    with app.test_request_context("/?lang=de"):
        time = r'<time datetime="2026-11-23T01:04:09\+00:00">23\. November 2026,\xa001:04\xa0UTC</time>'
        assert re.match(rf"Wartezeit: 5 Minuten\..* \| {time}$", template.render(a=said[0], b=said[1]))


@pytest.mark.parametrize("tag", [each.tag for each in LANGUAGES])
@pytest.mark.parametrize("seconds", [1, 4, 60, 300, 3600, 36000, 86400, 172800, 259200, 7776000])
def test_a_duration_has_its_word_in_every_language(app, tag, seconds):
    with words.reading(tag):
        said = languages.span(seconds)
    assert not re.search(r"duration|[a-z]+-[a-z]+", said)
    assert tag == "en" or not re.search(r"\b(days?|hours?)\b", said)


def test_a_template_is_compiled_once_and_says_its_texts_in_each_language(app, invented):
    invented({"Password": "x"})
    template = app.jinja_env.from_string('{{ t("Password") }} {{ "Password" | t }}')
    for tag in ("de", "fr", "de"):
        with words.reading(tag):
            assert template.render() == f"[{tag}] x [{tag}] x"
