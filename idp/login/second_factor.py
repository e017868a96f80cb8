"""What every page of a second factor begins with: whose turn it is, and whether this page is what comes next."""

from typing import TYPE_CHECKING, Final

from flask import Response, request

from idp.domain.credentials.factors import Demand
from idp.domain.users.standing import hold_standing
from idp.infra import clock
from idp.login import transaction
from idp.login.entering import SECOND_FACTOR, Candidate, find_candidate, task_of
from idp.login.transaction import LOGIN, RESUME, Transaction, see_other
from idp.web.sessions import look_again

if TYPE_CHECKING:
    from idp.login.methods.port import Method  # its package imports this module


#: A login older than this is proved again before anything is added to the account.
_FRESH_SECONDS: Final = 5 * 60


class NotDueError(Exception):
    """The page of a second factor was opened, or posted to, when it is not what comes next."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        """What comes next."""


def find_due() -> tuple[Transaction, Candidate]:
    """Who is to prove a second factor, for what.

    Raises:
        NotDueError: nobody is.
        LostWayError: the page's interaction cannot go on.
    """
    at = transaction.find()
    candidate = find_candidate(at)
    if candidate is None:
        raise NotDueError(at.url(RESUME) if at.progress is not None else at.url(LOGIN))
    return at, candidate


def begin(method: "Method") -> tuple[Transaction, Candidate]:
    """Who is to prove this second factor, for what.

    Raises:
        NotDueError: nobody is, or not by this one.
        LostWayError: the page's interaction cannot go on.
    """
    at, candidate = find_due()
    if request.method == "POST":
        hold_standing(candidate.user.id)  # before anything of theirs is spent
    task = task_of(at, candidate)
    if method.name not in task.usable:
        raise NotDueError(at.url(SECOND_FACTOR))
    return at, candidate


def begin_set_up() -> tuple[Transaction, Candidate]:
    """Who has to set up a second factor before going on. Whoever has one proves that one instead.

    Raises:
        NotDueError: nobody has to, or the login is an old one.
        LostWayError: the page's interaction cannot go on.
    """
    at, candidate = find_due()
    if task_of(at, candidate).demand is not Demand.ENROL:
        raise NotDueError(at.url(SECOND_FACTOR))
    # NIST SP 800-63B-4 §4.1.2: whoever finds a browser signed in must not make the account theirs
    if not is_fresh(candidate):
        raise NotDueError(at.url(LOGIN, fresh="1"))
    return at, candidate


def is_fresh(candidate: Candidate) -> bool:
    """Whether somebody proved who they are a moment ago."""
    return candidate.auth_time is None or clock.now() - candidate.auth_time <= _FRESH_SECONDS


def hold_set_up() -> tuple[Transaction, Candidate]:
    """The same for the form itself: looked at again while nobody else adds a factor, or ends the login that waits.

    Raises:
        NotDueError: nobody has to any more, or is not served.
        LostWayError: the page's interaction cannot go on.
    """
    at, candidate = begin_set_up()
    if not hold_standing(candidate.user.id).is_good:
        raise NotDueError(at.url(LOGIN))
    look_again()
    return begin_set_up()


def show_what_is_due(error: NotDueError) -> Response:
    """On to what comes next."""
    return see_other(error.url)
