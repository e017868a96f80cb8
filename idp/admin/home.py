"""/admin: where this deployment stands, and what is worth doing next."""

from flask import Response

from idp.admin.access import administrator
from idp.admin.apps import has_own_apps
from idp.admin.pages import AppLine, HomePage, NextStep
from idp.domain.branding.branding import Branding
from idp.domain.branding.keeping import get_branding
from idp.domain.clients.queries import list_records
from idp.web.pages import render
from idp.web.settings import settings


def show() -> Response:
    """The front page."""
    apps = tuple(AppLine(name=each.name, kind=each.kind, client_id=each.id) for each in list_records())
    return render(HomePage(email=administrator().email, issuer=settings().issuer, steps=_steps(), apps=apps))


def _steps() -> tuple[NextStep, ...]:
    return (
        NextStep(title="Create the first administrator", detail="That is you.", done=True),
        NextStep(
            title="Register an app",
            detail="Credentials and code in three answers.",
            url="/admin/apps/new",
            label="Register",
            done=has_own_apps(),
        ),
        NextStep(
            title="Make it yours",
            detail="Name, logo and colour, on pages and in mails.",
            url="/admin/branding",
            label="Set the brand",
            done=get_branding() != Branding(),
        ),
        NextStep(
            title="Set up mail",
            detail="IDP_SMTP_URL sends verification and reset mails.",
            url="/dev/mailbox" if settings().shows_mailbox else None,
            label="Open the mailbox",
            done=settings().smtp_url is not None,
        ),
        NextStep(
            title="Move to its own name",
            detail="IDP_ISSUER, with https, is how apps know this deployment.",
            done=not settings().is_local,
        ),
    )
