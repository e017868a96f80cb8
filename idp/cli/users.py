"""`idp users`: accounts, made and looked after by an operator."""

import json
import sys
from typing import IO, Any

import click

from idp.cli.output import json_option, listed, show, table, when
from idp.cli.running import at_work
from idp.config import Settings
from idp.domain.clients.queries import get_record, to_client
from idp.domain.credentials.password_policy import problems
from idp.domain.credentials.passwords import hash_password, store_hash
from idp.domain.errors import InvalidInputError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.lifecycle.factors import reset_factors
from idp.domain.lifecycle.invitations import invite as create_invitation
from idp.domain.lifecycle.invitations import is_shut_out
from idp.domain.lifecycle.users import block_user, end_everything, unblock_user
from idp.domain.users.accounts import create_user
from idp.domain.users.claims import parse_claims
from idp.domain.users.mails import mail_password_changed
from idp.domain.users.models import User
from idp.domain.users.queries import get_user, list_users

_PAGE = 500

password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
user_argument = click.argument("user", metavar="ID_OR_EMAIL")


@click.group()
def users() -> None:
    """Accounts: create, invite, list, show, block, unblock, set-password, reset-factors."""


@users.command()
@click.argument("email")
@password_option
@click.option("--verified", is_flag=True, help="The address is known to be theirs.")
@click.option("--admin", is_flag=True, help="They may administer this deployment.")
@click.option("--claims", type=click.File("rb"), help="JSON file of OpenID Connect's standard claims.")
@json_option
def create(
    email: str, password_stdin: bool, verified: bool, admin: bool, claims: IO[bytes] | None, as_json: bool
) -> None:
    """Make an account."""
    password = _read_password(from_stdin=password_stdin)
    known = _read_claims(claims)
    with at_work(may_begin=True) as settings:
        stored = hash_password(password)
        user = create_user(email, verified=verified, is_admin=admin, claims=known)
        store_hash(user.id, stored)
        _warn_of_weakness(password, user, settings)
        facts = {"user_id": user.id}
    show(facts, f"Created {email}: {facts['user_id']}", as_json=as_json)


@users.command()
@click.argument("email")
@click.option("--client", "client_id", metavar="ID", help="The app that they are invited to.")
@click.option("--admin", is_flag=True, help="They may administer this deployment.")
@json_option
def invite(email: str, client_id: str | None, admin: bool, as_json: bool) -> None:
    """Make an account and mail its owner a link to take it over (7 days, once). Invited again, they get a new one.

    So does who has an account, but no way in that is left.
    """
    with at_work():
        client = None if client_id is None else to_client(get_record(client_id))
        user, url = create_invitation(email, client, is_admin=admin)
        facts = {"user_id": user.id, "url": url}
    show(facts, f"Invited {email} ({facts['user_id']}). The link, should the mail not arrive:\n{url}", as_json=as_json)


@users.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all accounts."""
    with at_work():
        found = [describe(user) for user in _all_users()]
    rows = ((each["user_id"], each["email"], *_flags(each)) for each in found)
    show({"users": found}, table(rows, "There are no users yet."), as_json=as_json)


@users.command("show")
@user_argument
@json_option
def show_(user: str, as_json: bool) -> None:
    """Show an account."""
    with at_work():
        facts = describe(get_user(user))
    show(facts, listed(facts), as_json=as_json)


@users.command()
@user_argument
@json_option
def block(user: str, as_json: bool) -> None:
    """Serve a user no more: every login and token ends now."""
    with at_work():
        found = get_user(user)
        block_user(found)
        facts = describe(found)
    show(facts, f"Blocked {facts['email']}; logins and tokens have ended.", as_json=as_json)


@users.command()
@user_argument
@json_option
def unblock(user: str, as_json: bool) -> None:
    """Let a blocked user sign in again."""
    with at_work():
        found = get_user(user)
        unblock_user(found)
        facts = describe(found)
    show(facts, f"{facts['email']} may sign in again.", as_json=as_json)


@users.command("set-password")
@user_argument
@password_option
@json_option
def set_password(user: str, password_stdin: bool, as_json: bool) -> None:
    """Give a user a new password: every login and token ends now."""
    password = _read_password(from_stdin=password_stdin)
    with at_work() as settings:
        stored = hash_password(password)
        found = get_user(user)
        store_hash(found.id, stored)
        end_everything(found, "the password was set by an operator")
        record(EventName.PASSWORD_CHANGED, user_id=found.id, by="an operator")
        mail_password_changed(found)
        _warn_of_weakness(password, found, settings)
        facts = describe(found)
    show(facts, f"{facts['email']} has a new password; logins and tokens have ended.", as_json=as_json)


@users.command("reset-factors")
@user_argument
@json_option
def reset_factors_(user: str, as_json: bool) -> None:
    """Take the second factors, and all passkeys, from a user who lost them: the user is told by mail."""
    with at_work():
        found = get_user(user)
        removed = reset_factors(found)
        facts = {**describe(found), "removed": removed}
        is_lost = is_shut_out(found)
    words = f"Removed from {facts['email']}: {', '.join(removed)}." if removed else f"{facts['email']} has none."
    if is_lost:
        words += f"\nNo way in is left to them. A link to a new one: idp users invite {facts['email']}"
    show(facts, words, as_json=as_json)


def describe(user: User) -> dict[str, Any]:
    """An account as these commands print it."""
    return {
        "user_id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "admin": user.is_admin,
        "blocked": user.blocked_at is not None,
        "claims": user.claims,
        "created_at": when(user.created_at),
    }


def _all_users() -> list[User]:
    found: list[User] = []
    while page := list_users(_PAGE, found[-1].id if found else ""):
        found += page
    return found


def _flags(facts: dict[str, Any]) -> tuple[str, str]:
    words = [word for word in ("admin", "blocked") if facts[word]]
    return "verified" if facts["email_verified"] else "not verified", ", ".join(words)


def _read_password(*, from_stdin: bool) -> str:
    if not from_stdin:
        if not sys.stdin.isatty():
            raise click.UsageError("Say --password-stdin, and send the password on standard input.")
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    text = sys.stdin.read()
    return text.removesuffix("\n").removesuffix("\r")


def _read_claims(file: IO[bytes] | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        raw = json.load(file)
    except ValueError:
        raise InvalidInputError("The file of --claims is no JSON.", "claims") from None
    return parse_claims(raw)


def _warn_of_weakness(password: str, user: User, settings: Settings) -> None:
    """An operator may set what people may not choose for themselves, but is told."""
    for problem in problems(password, [user.email, settings.name], settings.password_min_length):
        click.echo(f"idp: warning: a weak password. {problem}", err=True)
