"""Asking for a mail to sign in with: how often, what it holds, and what of it a page tells."""

from idp.domain.credentials.devices import find_device
from idp.domain.credentials.email_codes import Order, Parts, Purpose, Sent, send
from idp.domain.credentials.throttle import network_of
from idp.domain.users.addresses import email_key
from idp.domain.users.queries import find_user_id_by_email
from idp.infra.words import Span, say
from idp.login.transaction import Transaction
from idp.web import cookies
from idp.web.rate_limits import limit, seconds_to_wait
from idp.web.refusals import explain
from idp.web.request_facts import client_address

_PER_ADDRESS = "60/hour"
_PER_NETWORK = "10/hour"
#: Whoever asks for them, and from wherever.
_PER_MAILBOX = ("30/hour", "100/day")


def parts_for(at: Transaction) -> Parts | None:
    """What a mail to sign in with holds here; None where there is no such way in."""
    first = at.first
    if "email_code" in first:
        return "both" if "magic_link" in first else "code"
    return "link" if "magic_link" in first else None


def wait_before_mailing(address: str) -> int:
    """Count a mail to this mailbox; the seconds to wait if there were too many, 0 if it may be sent.

    Raises:
        TryLaterError: too many were asked for from the client's address.
    """
    limit(_PER_ADDRESS, "mail to sign in", client_address())
    return wait_for_mailbox(_PER_NETWORK, "mail to sign in", address)


def wait_for_mailbox(rule: str, what: str, address: str) -> int:
    """Count a mail to whom was typed; the seconds to wait if there were too many, 0 if it may be sent.

    The rule holds for each network that asks: a stranger elsewhere does not use up the mails of who is on a new device.
    All networks together are held by ceilings, so that nobody fills a mailbox; and a device that the account knows is
    counted by itself alone, so that its owner is never kept waiting by others.
    """
    mailbox = email_key(address)
    device = find_device(find_user_id_by_email(address), cookies.device_id())
    if device is not None:
        wait = seconds_to_wait(rule, what, mailbox, device)
    else:
        wait = seconds_to_wait(rule, what, mailbox, network_of(client_address()))
        for ceiling in () if wait else _PER_MAILBOX:
            wait = max(wait, seconds_to_wait(ceiling, f"{what}, by anybody", mailbox))
    if wait:
        explain_wait(wait)
    return wait


def explain_wait(wait: int) -> None:
    """Say in the audit log why no mail was sent."""
    explain("mails to one address", "fewer in a while", f"one more; the next is sent in {wait} s")


def too_many(wait: int) -> str:
    """What is told whose mailbox gets no more for now."""
    return say("Many messages were sent to this address. Use the newest, or wait {time}.", time=Span(wait))


def too_early(wait: int) -> str:
    """What is told who asks for another mail right after the last."""
    return say("A message was sent a moment ago. Wait {time}, then ask for another.", time=Span(wait))


def mail(at: Transaction, address: str, purpose: Purpose, parts: Parts) -> str:
    """Send it; the name of what was asked."""
    return send(
        Order(
            purpose=purpose,
            address=address,
            browser=cookies.browser_id(),
            parts=parts,
            app_name=at.app_name,
            state=at.state,
            return_to=at.return_to,
        )
    )


def mail_again(at: Transaction, sent: Sent, purpose: Purpose) -> int:
    """Send another in its place, unless it is too early; then the seconds to wait."""
    if sent.pause:
        explain_wait(sent.pause)
        return sent.pause
    if wait := wait_before_mailing(sent.address):
        return wait
    mail(at, sent.address, purpose, sent.parts)
    return 0
