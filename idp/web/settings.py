"""The settings of the app that serves the request."""

from flask import current_app

from idp.config import Settings


def settings() -> Settings:
    """The settings of the running app."""
    found: Settings = current_app.config["IDP"]
    return found
