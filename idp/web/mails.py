"""Mails out of the outbox: rendered from templates/mail, then sent, or left for the development mailbox."""

from collections.abc import Mapping
from typing import Any

from flask import render_template

from idp.domain.users.mails import KIND, NOBODY
from idp.infra import mail, words
from idp.infra.jobs import Handler
from idp.infra.mail import Message
from idp.infra.words import Words
from idp.web import languages
from idp.web.brands import mail_brand
from idp.web.pages import wearing
from idp.web.settings import settings

_SUBJECT = "Subject: "
#: A subject is a headline, also where a sentence makes it
_FULL_STOPS = ".。।"


def handlers() -> Mapping[str, Handler]:
    """What the worker does with jobs of this kind; runs inside the application's context."""
    return {KIND: deliver, NOBODY: drop}


def deliver(payload: dict[str, Any]) -> None:
    """Send a mail. Where the mailbox shows it, it stays in the outbox; a fault of the mail server raises."""
    if settings().shows_mailbox:
        return
    mail.send(render_mail(payload), settings())


def drop(_: dict[str, Any]) -> None:
    """Send nothing: it was put into the outbox so that this takes as long as a mail."""


def render_mail(payload: Mapping[str, Any]) -> Message:
    """The mail of a job. The first line of its text template is the subject."""
    name = payload["template"]
    context = {key: _said(value) for key, value in payload["context"].items()}
    # A text template is not escaped: no name of an app may begin a line of its own in it
    plain = {key: _in_one_line(value) for key, value in context.items()}
    brand = mail_brand(payload.get("client_id"))
    # The previous release named one
    wanted = payload.get("languages") or [payload.get("language") or ""]
    with words.reading((languages.match(wanted) or languages.tenants()).tag), wearing(brand):
        language = languages.current()
        first, _, text = render_template(f"mail/{name}.txt", **plain).lstrip().partition("\n")
        html = render_template(f"mail/{name}.html", language=language, **context)
    return Message(
        to=payload["to"],
        subject=first.removeprefix(_SUBJECT).strip().rstrip(_FULL_STOPS),
        text=text.lstrip(),
        html=html,
    )


def _said(value: Any) -> Any:
    """A sentence that came as JSON, so that it can be said in the language of the mail."""
    return Words(value["key"], value["values"]) if isinstance(value, dict) else value


def _in_one_line(value: Any) -> Any:
    if isinstance(value, Words):
        return Words(value.key, {name: _in_one_line(each) for name, each in value.values.items()})
    return " ".join(value.split()) if isinstance(value, str) else value
