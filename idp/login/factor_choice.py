"""/u/second-factor: from a first factor to the page of a second; with `other=`, the way left, all others."""

from flask import Response, request

from idp.domain.clients.login_rules import policy_for
from idp.domain.credentials.factors import Demand
from idp.login.entering import task_of
from idp.login.methods import BY_NAME, METHODS
from idp.login.pages import FactorChoicePage, FactorLine
from idp.login.second_factor import find_due
from idp.login.transaction import LOGIN, see_other
from idp.web.pages import render

OTHER = "other"
#: The mark on an interaction: the app asked for two factors, and this person can have no second one here.
UNMEETABLE = "second-factor"


def show() -> Response:
    """The way that comes first in the policy; the list of all, if another is wanted; or what can be set up."""
    at, candidate = find_due()
    task = task_of(at, candidate)
    if task.demand is Demand.NOTHING and at.progress is None:
        return see_other(at.return_to or LOGIN)
    if task.demand is Demand.NOTHING:
        # Asked for by the app, and there is none to have: the app is told so by the `acr` it gets
        return at.marked(UNMEETABLE, "none").resume()
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
