"""/dev/mailbox: what a development server would have sent. It exists on loopback alone, where no mail server is set."""

from flask import Blueprint, Response, abort, make_response

from idp.domain.users.mails import KIND
from idp.infra.jobs import Kept, list_kept
from idp.infra.words import Moment
from idp.web.mails import render_mail
from idp.web.pages import MailboxPage, MailLine, MailView, render
from idp.web.request_facts import is_from_this_machine
from idp.web.settings import settings

_HTML_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def create_blueprint() -> Blueprint:
    """The list, one message, and its HTML part."""
    blueprint = Blueprint("mailbox", __name__, url_prefix="/dev/mailbox")
    blueprint.before_request(_only_this_machine)
    blueprint.add_url_rule("", "list", show_list)
    blueprint.add_url_rule("/<int:number>", "message", show_message)
    blueprint.add_url_rule("/<int:number>/html", "html", show_html)
    return blueprint


def show_list() -> Response:
    """All messages, newest first."""
    return render(MailboxPage(messages=_lines()))


def show_message(number: int) -> Response:
    """One message."""
    kept = _get(number)
    rendered = render_mail(kept.payload)
    selected = MailView(
        sender=settings().mail_from,
        to=rendered.to,
        subject=rendered.subject,
        time=_time(kept),
        text=rendered.text,
        html_url=f"/dev/mailbox/{number}/html",
    )
    return render(MailboxPage(messages=_lines(), selected=selected))


def show_html(number: int) -> Response:
    """The HTML part as a mail reader would show it: no scripts, no origin."""
    response = make_response(render_mail(_get(number).payload).html or "")
    response.headers["Content-Security-Policy"] = _HTML_POLICY
    return response


def _only_this_machine() -> None:
    # The mails hold links that sign people in; with --tls the server may listen on other addresses too
    if not settings().shows_mailbox or not is_from_this_machine():
        abort(404)


def _lines() -> tuple[MailLine, ...]:
    return tuple(
        MailLine(
            url=f"/dev/mailbox/{kept.id}",
            to=kept.payload["to"],
            subject=render_mail(kept.payload).subject,
            time=_time(kept),
        )
        for kept in list_kept(KIND)
    )


def _get(number: int) -> Kept:
    return next((kept for kept in list_kept(KIND) if kept.id == number), None) or abort(404)


def _time(kept: Kept) -> Moment:
    return Moment(kept.created_at)
