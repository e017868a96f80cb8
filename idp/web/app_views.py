"""A client as its users see it: the name, links and looks that its operator gave it."""

from urllib.parse import urlencode, urlsplit

from idp.domain.branding.keeping import find_branding
from idp.domain.clients.client import Client
from idp.domain.clients.looks import own_branding
from idp.web.brands import brand_of, logo_of, tenant_brand
from idp.web.pages import AppView
from idp.web.settings import settings


def app_view(client: Client) -> AppView:
    """The app as pages show it: what is set for it alone, what it is registered with, what holds for all."""
    own, shared = own_branding(client), find_branding()
    support = shared.support or settings().support_url
    if client.is_third_party:
        # It may name any site as its own: where the answer goes is all that is known of it. Nor does it bear our mark
        return AppView(
            name=client.name,
            home_url=client.client_uri,
            logo_url=client.logo_uri,
            terms_url=client.tos_uri,
            privacy_url=client.policy_uri,
            support_url=support,
            terms_by=client.name,
            third_party=True,
        )
    logo = logo_of(own)
    if logo is None and client.logo_uri is None:
        logo = logo_of(shared)
    home, name = own.website or client.client_uri, own.name or client.name
    terms, privacy = own.terms or client.tos_uri, own.privacy or client.policy_uri
    theirs = ((terms, shared.terms), (privacy, shared.privacy))
    owners = {name if own_one else tenant_brand().name for own_one, shared_one in theirs if own_one or shared_one}
    return AppView(
        name=name,
        host=urlsplit(home).netloc or None if home else None,
        home_url=home or shared.website,
        logo_url=client.logo_uri,
        logo=logo,
        terms_url=terms or shared.terms,
        privacy_url=privacy or shared.privacy,
        terms_by=owners.pop() if len(owners) == 1 else None,
        support_url=own.support or support,
        brand=brand_of(client),
    )


def own_view() -> AppView:
    """This deployment itself, where no app asked for the login."""
    brand = tenant_brand()
    return AppView(
        name=brand.name,
        logo=brand.logo,
        has_shield=brand.has_shield,
        home_url=brand.home_url,
        terms_url=brand.terms_url,
        privacy_url=brand.privacy_url,
        terms_by=brand.name,
        support_url=brand.support_url,
    )


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
