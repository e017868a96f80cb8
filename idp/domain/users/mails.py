"""Mails to users: composed here, put into the outbox in the transaction they tell of, rendered by `idp.web.mails`.

Links start with the configured issuer, never with what a request claims the host to be. A mail is in the language of
whose account it is about: a stranger, a thief or an operator may be who acts.
"""

from typing import Any
from urllib.parse import urlencode

from idp.domain.events.context import facts
from idp.domain.tenant import settings
from idp.domain.users.kept_addresses import keep_address
from idp.domain.users.models import User
from idp.domain.users.tickets import LIFETIMES, issue_ticket
from idp.infra import clock, jobs, words
from idp.infra.db import db
from idp.infra.words import Words

KIND = "mail"
#: As a mail, but to nobody: the worker drops it.
NOBODY = "mail to nobody"


def mail_verification(user: User, app_name: str | None, state: str | None) -> None:
    """Ask the user to confirm the address."""
    ticket = issue_ticket(user, "verify_email", state)
    _enqueue(
        "verify_email",
        user,
        app_name=app_name,
        url=_link("u/verify-email", ticket=ticket),
        expires_in=LIFETIMES["verify_email"],
        when=clock.now(),
        device=facts().user_agent,
        ip=facts().ip,
    )


def mail_reset(user: User, state: str | None) -> None:
    """Send the link to choose a new password."""
    ticket = issue_ticket(user, "reset_password", state)
    _enqueue(
        "reset_password",
        user,
        url=_link("u/reset-password", ticket=ticket),
        expires_in=LIFETIMES["reset_password"],
        ip=facts().ip,
    )


def mail_nobody(rows: int = 1) -> None:
    """The work of a mail where there is none to send: how long an answer takes tells nobody who has an account."""
    for _ in range(rows):
        jobs.enqueue(NOBODY, {})
        db.session.flush()


def mail_sign_up(user: User, app_name: str | None, client_id: str | None, state: str | None) -> None:
    """Send the link that finishes a sign-up: it proves that the address is theirs."""
    ticket = issue_ticket(user, "sign_up", state, client_id)
    url = _link("u/signup/finish", ticket=ticket)
    _enqueue("sign_up", user, client_id=client_id, app_name=app_name, url=url, expires_in=LIFETIMES["sign_up"])


def mail_signup_existing(
    user: User, app_name: str | None, *, has_password: bool = True, may_lack_passkey: bool = False
) -> None:
    """Tell the owner that somebody tried to sign up with the address.

    Args:
        user: the owner.
        app_name: of the app.
        has_password: whether passwords are on there.
        may_lack_passkey: whether who has no passkey makes one on the way to the app.
    """
    reset_url = _link("u/reset-password") if has_password else None
    _enqueue(
        "signup_existing",
        user,
        app_name=app_name,
        login_url=_link("u/login"),
        reset_url=reset_url,
        may_lack_passkey=may_lack_passkey,
    )


def mail_password_changed(user: User) -> None:
    """Tell the user that the password was changed, in case it was somebody else."""
    _enqueue("password_changed", user, when=clock.now(), reset_url=_link("u/reset-password"))


def mail_email_change(user: User, address: str) -> None:
    """Send the link that makes an address the user's, to that address."""
    ticket = issue_ticket(user, "change_email", address=address)
    _enqueue(
        "change_email",
        user,
        address,
        address=address,
        url=_link("account/email/confirm", ticket=ticket),
        expires_in=LIFETIMES["change_email"],
    )


def mail_email_changed(user: User, before: str, *, is_kept: bool) -> None:
    """Tell the address before, with a way to take the account back for a while. `is_kept`: nobody else gets it so long.

    One that nobody proved to read is not kept: else anybody could keep an address from its owner by claiming it.
    """
    ticket = issue_ticket(user, "undo_email", address=before)
    if is_kept:
        keep_address(user.id, before)
    _enqueue(
        "email_changed",
        user,
        before,
        before=before,
        when=clock.now(),
        url=_link("u/undo-email", ticket=ticket),
        expires_in=LIFETIMES["undo_email"],
    )


def mail_account_deleted(user: User) -> None:
    """Tell the owner that the account is no more."""
    _enqueue("account_deleted", user, when=clock.now())


def mail_sign_in(user: User, app_name: str | None, *, code: str | None, link: str | None, expires_in: int) -> None:
    """Send a code, a link, or both, to sign in with."""
    _enqueue(
        "sign_in",
        user,
        app_name=app_name,
        code=code,
        url=None if link is None else _link("u/magic-link", link=link),
        expires_in=expires_in,
        ip=facts().ip,
    )


def mail_invitation(user: User, app_name: str | None, client_id: str | None) -> str:
    """Invite somebody to an account made for them; the link, for who would rather hand it over."""
    ticket = issue_ticket(user, "invite", client_id=client_id)
    url = _link("u/invitation", ticket=ticket)
    _enqueue("invitation", user, client_id=client_id, app_name=app_name, url=url, expires_in=LIFETIMES["invite"])
    return url


def mail_security_notice(user: User, what: Words, to: str | None = None) -> None:
    """Tell the user of any change to the account, in case it was somebody else.

    Args:
        user: whose account it is.
        what: a whole sentence, such as say("A passkey was added: {name}.", name=name).
        to: another address than the user's, such as the one before a change: no password is reset from there.
    """
    _enqueue(
        "security_notice",
        user,
        to,
        what={"key": what.key, "values": what.values},
        when=clock.now(),
        ip=facts().ip,
        reset_url=_link("u/reset-password") if to is None else None,
    )


def _enqueue(template: str, user: User, to: str | None = None, client_id: str | None = None, **context: Any) -> None:
    payload = {
        "template": template,
        "to": to or user.email,
        "languages": _languages(user),
        # Whose looks it wears; None: this deployment's
        "client_id": client_id or facts().client_id,
        "context": {"email": user.email, **context},
    }
    jobs.enqueue(KIND, payload)


def _languages(user: User) -> list[str]:
    """The first of these that we have: of their last sign-in, as an operator told it, of the request being served."""
    wanted = (user.language, user.claims.get("locale"), words.language())
    return [tag for tag in wanted if tag]


def _link(path: str, **query: str) -> str:
    return settings.current().issuer + path + (f"?{urlencode(query)}" if query else "")
