"""/u/second-factor: from a first factor to the page of a second; with `other=`, the way left, all others.

Whoever has to prove one and can have none here is told so, and goes back to the app with an error: never in a circle.
"""

from flask import Response, request

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.factors import Demand
from idp.domain.interactions.policy import DENIED, UNMEETABLE, UNMET
from idp.login import confirm_email
from idp.login.entering import SECOND_FACTOR, Candidate, task_of
from idp.login.methods import BY_NAME, METHODS, email_code, magic_link
from idp.login.pages import FactorChoicePage, FactorLine, NoFactorPage
from idp.login.second_factor import find_due
from idp.login.transaction import LOGIN, Transaction, see_other
from idp.web.pages import render
from idp.web.refusals import explain

OTHER = "other"
FORBIDDEN = 403


def show() -> Response:
    """The way that comes first in the policy; the list of all, if another is wanted; or what can be set up."""
    at, candidate = find_due()
    task = task_of(at, candidate)
    if task.demand is Demand.NOTHING and at.progress is None:
        return see_other(at.return_to or LOGIN)
    if task.demand is Demand.NOTHING:
        return _none_to_have(at, candidate)
    is_set_up = task.demand is Demand.ENROL
    if is_set_up:
        second = policy_for(at.client).second
        paths = {each: path for each in METHODS if each.name in second and (path := each.set_up_path)}
        if len(paths) == 1:
            return at.go(next(iter(paths.values())))
    else:
        paths = {BY_NAME[name]: path for name in task.usable if (path := BY_NAME[name].path)}
        if OTHER not in request.args:
            return at.go(next(iter(paths.values())))
    left = BY_NAME.get(request.args.get(OTHER, ""))
    back = paths.pop(left, None) if left is not None and len(paths) > 1 else None
    page = FactorChoicePage(
        app=at.app,
        email=candidate.user.email,
        is_set_up=is_set_up,
        ways=tuple(FactorLine(label=each.label, icon=each.icon, url=at.url(path)) for each, path in paths.items()),
        back_url=None if back is None else at.url(back),
        switch_url=at.url(LOGIN, switch="1"),
    )
    return render(page)


def submit() -> Response:
    """Back to the app without a login, where there is no second factor to have; else on to what is due."""
    at, candidate = find_due()
    is_stuck = task_of(at, candidate).demand is Demand.NOTHING and _is_required(at)
    return at.marked(DENIED, UNMET).resume() if is_stuck else at.go(SECOND_FACTOR)


def _none_to_have(at: Transaction, candidate: Candidate) -> Response:
    if not _is_required(at):
        # Asked for by the app in this request alone: it is told so by the `acr` it gets
        return at.marked(UNMEETABLE, "none").resume()
    if _helps_to_confirm(at, candidate):
        return at.go(confirm_email.PATH)
    explain("second factor", f"one of {', '.join(policy_for(at.client).second)}", "none that this person can have")
    page = NoFactorPage(
        app=at.app,
        action=at.url(SECOND_FACTOR),
        email=candidate.user.email,
        switch_url=at.url(LOGIN, switch="1"),
    )
    return render(page, FORBIDDEN)


def _is_required(at: Transaction) -> bool:
    return at.progress is not None and policy_for(at.client).second_factor == "required"


def _helps_to_confirm(at: Transaction, candidate: Candidate) -> bool:
    """Whether a code by mail could be the second factor, were the address confirmed: the page for it wants a login."""
    came_by_mail = candidate.method in {email_code.METHOD.name, magic_link.METHOD.name}
    is_on = email_code.METHOD.name in policy_for(at.client).second
    return candidate.is_step_up and is_on and not came_by_mail and not candidate.user.email_verified
