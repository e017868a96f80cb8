"""Which path of the console leads where."""

from flask import Blueprint

from idp.web import csrf


def create_blueprint() -> Blueprint:
    """The console's pages; every form is checked for forgery."""
    blueprint = Blueprint("admin", __name__)
    csrf.protect(blueprint)
    return blueprint
