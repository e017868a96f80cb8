"""/account: names, picture and address; what apps are told of a person."""

from flask import Response, abort, current_app, make_response, request
from werkzeug.exceptions import RequestEntityTooLarge

from idp.account.access import owner, owner_user, see_other
from idp.account.pages import NameField, ProfilePage
from idp.domain.errors import InvalidInputError
from idp.domain.users.pictures import MEDIA_TYPE, find_picture, remove_picture, set_picture
from idp.domain.users.profile import NAMES, change_names
from idp.infra.words import say
from idp.web import forms
from idp.web.errors import http_error
from idp.web.pages import render
from idp.web.rate_limits import limit
from idp.web.refusals import explain
from idp.web.sessions import current_session

PATH = "/account"
PICTURE_PATH = "/account/picture"
NOTICES = {
    "saved": say("Saved."),
    "picture_saved": say("Your new picture is in place."),
    "picture_removed": say("Your picture is removed."),
    "email_changed": say("This is your e-mail address now. Use it when you sign in."),
}
_LABELS = {
    "name": (say("Full name"), "name"),
    "given_name": (say("Given name"), "given-name"),
    "family_name": (say("Family name"), "family-name"),
    "nickname": (say("What apps may call you"), "nickname"),
}
_TOO_LARGE = say("This file is too large: use one of at most 1 MB.")
#: Its owner is mailed each time.
_CHANGES = "30/hour"
_UPLOADS = "30/hour"
_YEAR = 31_536_000


def show() -> Response:
    """The forms."""
    return _page()


def submit() -> Response:
    """Keep the names."""
    limit(_CHANGES, "names", owner().user_id)
    typed = {name: forms.read(name) for name in NAMES}
    try:
        change_names(owner_user(), typed)
    except InvalidInputError as error:
        return _page(typed=typed, errors={error.field: error.message})
    return see_other(f"{PATH}?notice=saved")


def submit_picture() -> Response:
    """Keep the picture, or remove it."""
    user = owner_user()
    if forms.read("action") == "remove":
        remove_picture(user)
        return see_other(f"{PATH}?notice=picture_removed")
    limit(_UPLOADS, "picture", user.id)
    uploaded = request.files.get("picture")
    try:
        set_picture(user, uploaded.read() if uploaded is not None else b"")
    except InvalidInputError as error:
        return _page(errors={"picture": error.message})
    return see_other(f"{PATH}?notice=picture_saved")


def too_large(error: RequestEntityTooLarge) -> Response:
    """A file so large that it was not even read: told where it was chosen."""
    explain("size of the request", f"at most {current_app.config['MAX_CONTENT_LENGTH']} bytes", _size())
    if request.path != PICTURE_PATH or current_session() is None:
        return http_error(error)
    return _page(errors={"picture": _TOO_LARGE}, status=413)


def _size() -> str:
    return f"{request.content_length} bytes" if request.content_length is not None else "more"


def serve_picture(picture_id: str) -> Response:
    """A picture, for whoever knows its address: apps show it to their users. It never changes, and is nothing else."""
    return _served(find_picture(picture_id))


def serve_thumbnail(picture_id: str) -> Response:
    """The same, as small as our own pages show it."""
    return _served(find_picture(picture_id, is_small=True))


def _served(content: bytes | None) -> Response:
    if content is None:
        abort(404)
    response = make_response(content)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    return response


def _page(
    typed: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = forms.REFUSED
) -> Response:
    user, faults = owner_user(), errors or {}
    known = typed if typed is not None else user.claims
    page = ProfilePage(
        email=owner().email,
        email_verified=user.email_verified,
        notice=None if faults else NOTICES.get(request.args.get("notice", "")),
        names=tuple(
            NameField(
                id=name, label=label, value=str(known.get(name, "")), autocomplete=autocomplete, error=faults.get(name)
            )
            for name, (label, autocomplete) in _LABELS.items()
        ),
        picture_url=user.claims.get("picture"),
        picture_error=faults.get("picture"),
    )
    return render(page, status if faults else 200)
