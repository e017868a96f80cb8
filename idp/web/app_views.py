"""A client as its users see it: the name and links that its operator registered."""

from urllib.parse import urlencode, urlsplit

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


def find_home(client: Client, redirect_uri: str | None = None) -> str | None:
    """Where the app itself is: what its operator says, else the site that its answers go to.

    None for an app that is switched off. Of a third party only the site that an answer went to, `redirect_uri`, is
    known: it may name any other as its own.
    """
    if client.disabled_at is not None:
        return None
    if not client.is_third_party:
        if (begins_at := client.registered("initiate_login_uri")) is not None:
            # The app begins a sign-in of its own (OIDC Core §4).
            return f"{begins_at}{'&' if '?' in begins_at else '?'}{urlencode({'iss': settings().issuer})}"
        if client.client_uri:
            return client.client_uri
        redirect_uri = redirect_uri or next(iter(client.redirect_uris), None)
    parts = urlsplit(redirect_uri or "")
    # Behind the loopback port of a native app nobody listens any more (RFC 8252 §7.3)
    is_site = parts.scheme == "https" or (parts.scheme == "http" and client.kind != "native")
    return f"{parts.scheme}://{parts.netloc}/" if is_site else None
