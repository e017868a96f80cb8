"""What `idp start` says once it serves: the few addresses that a person needs."""

import ssl
import time
import urllib.error
import urllib.request

import click

from idp.cli.listening import Plan
from idp.cli.output import table
from idp.cli.sample_app import Running
from idp.config import Settings

_POLL_SECONDS = 0.05
_GIVE_UP_SECONDS = 60


def words(plan: Plan, *, setup_token: str | None, sample: Running | None) -> str:
    """The banner."""
    settings = plan.settings
    rows = [("Issuer", settings.issuer)]
    if setup_token is not None:
        rows.append(("Set up", f"{settings.issuer}setup?token={setup_token}"))
    if sample is not None:
        rows.append(("Sample app", sample.url))
    rows.append(("Mails", _mails(settings)))
    if plan.authority is not None:
        rows.append(("Trust", f"{plan.authority}  (the certificate authority of this machine)"))
    lines = table(((f"  {name}", value) for name, value in rows), "")
    hint = "\n\nThe set-up link is good once, for the first administrator." if setup_token is not None else ""
    return f"\nidp is ready.\n\n{lines}{hint}\n"


def show_when_ready(plan: Plan, *, setup_token: str | None, sample: Running | None) -> None:
    """Print the banner when the server answers; the sample app is in it if it serves, too."""
    deadline = time.monotonic() + _GIVE_UP_SECONDS
    while not _is_ready(f"{plan.own_url}/readyz"):
        if time.monotonic() > deadline:
            click.echo("idp: not ready after a minute; see the log.", err=True)
            return
        time.sleep(_POLL_SECONDS)
    if sample is not None and not sample.wait_until_ready(deadline - time.monotonic()):
        click.echo("idp: the sample app did not start; the server goes on without it.", err=True)
        sample = None
    click.echo(words(plan, setup_token=setup_token, sample=sample))


def _mails(settings: Settings) -> str:
    if settings.shows_mailbox:
        return f"{settings.issuer}dev/mailbox  (none are sent)"
    return "sent by SMTP" if settings.smtp_url else "kept in the outbox until IDP_SMTP_URL is set"


def _is_ready(address: str) -> bool:
    # The certificate need not name the address that we listen on, and nothing secret is said
    context = ssl._create_unverified_context() if address.startswith("https:") else None  # noqa: S323, SLF001
    try:
        with urllib.request.urlopen(address, timeout=5, context=context) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004 -- OK
    except (urllib.error.URLError, OSError):
        return False
