"""Which path of the console leads where."""

from flask import Blueprint

from idp.admin import access, apps, branding, home, setup
from idp.domain.lifecycle.setup import SetupOverError
from idp.web import csrf

PAGES = (
    ("/setup", "GET", "setup", setup.show),
    ("/setup", "POST", "setup-submit", setup.submit),
    ("/admin", "GET", "home", home.show),
    ("/admin/apps/new", "GET", "new-app", apps.show),
    ("/admin/apps/new", "POST", "new-app-submit", apps.submit),
    ("/admin/branding", "GET", "branding", branding.show),
    ("/admin/branding", "POST", "branding-submit", branding.submit),
)


def create_blueprint() -> Blueprint:
    """The console's pages; every form is checked for forgery, and all but set-up are for administrators."""
    blueprint = Blueprint("admin", __name__)
    csrf.protect(blueprint)
    blueprint.before_request(access.check)
    blueprint.register_error_handler(SetupOverError, setup.show_over)
    for path, method, name, view in PAGES:
        blueprint.add_url_rule(path, name, view, methods=[method])
    return blueprint
