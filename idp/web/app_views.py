"""A client as its users see it: the name and links that its operator registered."""

from urllib.parse import urlsplit

from idp.domain.clients.client import Client
from idp.web.pages import AppView
from idp.web.settings import settings


def app_view(client: Client) -> AppView:
    """The app as pages show it."""
    return AppView(
        name=client.name,
        # A third party may name any site as its own; where the answer goes is all that is known of it.
        host=urlsplit(client.client_uri).netloc or None if client.client_uri and not client.is_third_party else None,
        home_url=client.client_uri,
        logo_url=client.logo_uri,
        terms_url=client.tos_uri,
        privacy_url=client.policy_uri,
        support_url=settings().support_url,
        third_party=client.is_third_party,
    )


def own_view() -> AppView:
    """This deployment itself, where no app asked for the login."""
    return AppView(name=settings().name, support_url=settings().support_url)
