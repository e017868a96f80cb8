"""/account: the name that apps are told."""

from flask import Response, request

from idp.account.access import owner, owner_user, see_other
from idp.account.pages import ProfilePage
from idp.infra.words import say
from idp.web.pages import render

NOTICES = {"saved": say("Saved.")}


def show() -> Response:
    """The form."""
    name = str(owner_user().claims.get("name", ""))
    return render(ProfilePage(email=owner().email, name=name, notice=NOTICES.get(request.args.get("notice", ""))))


def submit() -> Response:
    """Keep the name."""
    return see_other("/account?notice=saved")
