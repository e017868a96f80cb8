"""OAuth 2.0 Form Post Response Mode §2: the parameters in a form that posts itself."""

from collections.abc import Mapping

from flask import Response

from idp.oauth.pages import FormPostPage
from idp.web.headers import allow_form_target
from idp.web.pages import render


def respond(redirect_uri: str, parameters: Mapping[str, str]) -> Response:
    """A page whose form carries the answer; without scripts it has a button."""
    allow_form_target(redirect_uri)
    return render(FormPostPage(action=redirect_uri, fields=parameters))
