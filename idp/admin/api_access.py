"""Which API a machine may call by itself, and what it may do there: the choices of the form, and what was chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from idp.admin.pages import ApiChoice, ScopeChoice
from idp.domain.apis.models import ApiRecord

#: The answer "none yet", in the place of an API's id.
NO_API = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the form says. `api` is None without access; `is_answered` tells that from a question left open."""

    api: ApiRecord | None
    scopes: tuple[str, ...]
    is_answered: bool


def read(apis: Sequence[ApiRecord]) -> Chosen:
    """What was chosen; scopes of other APIs, which a browser may have sent along, are passed over."""
    answer = request.form.get("api", "")
    api = next((each for each in apis if each.id == answer), None)
    return Chosen(api=api, scopes=_ticked(api) if api else (), is_answered=api is not None or answer == NO_API)


def choices(apis: Sequence[ApiRecord]) -> tuple[ApiChoice, ...]:
    """The APIs to choose from, as they were ticked if the form was sent before. Nothing is given unasked."""
    chosen = read(apis).api
    return tuple(
        ApiChoice(
            id=api.id,
            name=api.name,
            audience=api.audience,
            scopes=tuple(
                ScopeChoice(name=name, description=description, is_ticked=name in _ticked(api))
                for name, description in api.scopes.items()
            ),
            is_chosen=api is chosen,
        )
        for api in apis
    )


def _ticked(api: ApiRecord) -> tuple[str, ...]:
    sent = request.form.getlist(f"scopes-{api.id}")
    return tuple(name for name in api.scopes if name in sent)
