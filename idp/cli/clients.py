"""`idp clients`: the apps that may send users here or get tokens of their own."""

import json
from typing import IO, Any

import click

from idp.cli.client_metadata import lay_over, metadata_of_new, read_metadata
from idp.cli.output import json_option, listed, show, table, when
from idp.cli.running import at_work
from idp.domain.clients.client import CLIENT_SECRET_JWT, SECRET
from idp.domain.clients.models import ClientRecord
from idp.domain.clients.queries import get_record, list_records
from idp.domain.clients.registration import (
    KINDS,
    NewClient,
    register_client,
    rotate_secret,
    update_client,
)
from idp.domain.clients.self_registration import metadata_of, replace_metadata
from idp.domain.errors import InvalidInputError
from idp.domain.lifecycle.clients import delete_client
from idp.infra import jwt

client_argument = click.argument("client_id")
callback_option = click.option(
    "--callback", "callbacks", multiple=True, metavar="URL", help="Where users come back to."
)
logout_option = click.option(
    "--logout-url", "logout_urls", multiple=True, metavar="URL", help="Where users may be sent after signing out."
)
origin_option = click.option(
    "--web-origin", "web_origins", multiple=True, metavar="URL", help="A page's origin that may call from a browser."
)
metadata_option = click.option(
    "--metadata", type=click.File("rb"), help="JSON file of what else it is registered with, by the registered names."
)
response_type_option = click.option(
    "--response-type", "response_types", multiple=True, metavar="TYPE", help="What /authorize may answer it with."
)


@click.group()
def clients() -> None:
    """Apps: create, list, show, update, delete, rotate-secret."""


@clients.command()
@click.option("--name", required=True, help="What users see.")
@click.option("--kind", required=True, type=click.Choice(list(KINDS)), help="What sort of app it is.")
@callback_option
@logout_option
@origin_option
@click.option("--jwks", type=click.File("rb"), help="JSON file of public keys: it authenticates by private_key_jwt.")
@click.option("--require-consent", is_flag=True, help="Ask users before it gets anything.")
@click.option("--third-party", is_flag=True, help="It belongs to somebody else; users are always asked.")
@click.option("--no-pkce", is_flag=True, help="Exempt an app too old to know PKCE.")
@click.option("--plain-id-token", is_flag=True, help="ID tokens say who, /userinfo says the rest (OIDC Core §5.4).")
@response_type_option
@metadata_option
@json_option
def create(
    name: str,
    kind: str,
    callbacks: tuple[str, ...],
    logout_urls: tuple[str, ...],
    web_origins: tuple[str, ...],
    jwks: IO[bytes] | None,
    require_consent: bool,
    third_party: bool,
    no_pkce: bool,
    plain_id_token: bool,
    response_types: tuple[str, ...],
    metadata: IO[bytes] | None,
    as_json: bool,
) -> None:
    """Register an app. Its secret is shown once."""
    new = NewClient(
        name=name,
        kind=kind,
        redirect_uris=callbacks,
        logout_uris=logout_urls,
        web_origins=web_origins,
        jwks=None if jwks is None else _read_jwks(jwks),
        requires_consent=require_consent,
        is_third_party=third_party,
    )
    with at_work(may_begin=True):
        values = lay_over(metadata_of_new(new), read_metadata(metadata, response_types))
        registered = register_client(new)
        client_id = registered.record.id
        another_secret = None if values is None else replace_metadata(registered.record, values).secret
        if no_pkce or plain_id_token:
            update_client(client_id, requires_pkce=not no_pkce, has_profile_in_id_token=not plain_id_token)
        has_secret = registered.record.auth_method in {SECRET, CLIENT_SECRET_JWT}
        secret = another_secret or (registered.secret if has_secret else None)
        facts = {"client_id": client_id, "client_secret": secret}
    words = [f"Registered {name}.", f"  client_id      {facts['client_id']}"]
    if secret:
        words += [f"  client_secret  {secret}", "The secret is shown only now: no readable copy is kept."]
    show(facts, "\n".join(words), as_json=as_json)


@clients.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all apps."""
    with at_work():
        found = [describe(record) for record in list_records()]
    rows = ((each["client_id"], each["kind"], each["name"]) for each in found)
    show({"clients": found}, table(rows, "There are no apps yet."), as_json=as_json)


@clients.command("show")
@client_argument
@json_option
def show_(client_id: str, as_json: bool) -> None:
    """Show an app."""
    with at_work():
        facts = describe(get_record(client_id))
    show(facts, listed(facts), as_json=as_json)


@clients.command()
@client_argument
@click.option("--name", help="What users see.")
@callback_option
@logout_option
@origin_option
@click.option("--require-consent/--no-require-consent", default=None, help="Ask users before it gets anything.")
@click.option("--third-party/--first-party", default=None, help="Whether it belongs to somebody else.")
@click.option("--require-pkce/--no-require-pkce", default=None, help="Exempt an app too old to know PKCE.")
@click.option("--audience", "audiences", multiple=True, metavar="URI", help="An API that it may ask for; else any.")
@click.option(
    "--login-first", multiple=True, metavar="NAME", help="A way in that its users may use; else all that are on."
)
@click.option("--second-factor/--no-second-factor", default=None, help="Its users always prove a second factor.")
@response_type_option
@metadata_option
@json_option
def update(
    client_id: str,
    name: str | None,
    callbacks: tuple[str, ...],
    logout_urls: tuple[str, ...],
    web_origins: tuple[str, ...],
    require_consent: bool | None,
    third_party: bool | None,
    require_pkce: bool | None,
    audiences: tuple[str, ...],
    login_first: tuple[str, ...],
    second_factor: bool | None,
    response_types: tuple[str, ...],
    metadata: IO[bytes] | None,
    as_json: bool,
) -> None:
    """Change an app. URLs given replace all of their sort; what is not named stays."""
    changes: dict[str, Any] = {
        "name": name,
        "redirect_uris": list(callbacks) or None,
        "logout_uris": list(logout_urls) or None,
        "web_origins": list(web_origins) or None,
        "requires_consent": require_consent,
        "is_third_party": third_party,
        "requires_pkce": require_pkce,
        "audiences": list(audiences) or None,
    }
    with at_work():
        before = get_record(client_id)
        values = lay_over(metadata_of(before), read_metadata(metadata, response_types))
        changes["login"] = _login_rules(before, login_first, second_factor)
        record = update_client(client_id, **{field: value for field, value in changes.items() if value is not None})
        secret = None if values is None else replace_metadata(record, values).secret
        facts = {**describe(record), **({"client_secret": secret} if secret else {})}
    show(facts, listed(facts), as_json=as_json)


@clients.command()
@client_argument
@json_option
def delete(client_id: str, as_json: bool) -> None:
    """Remove an app; its tokens end with it."""
    with at_work():
        delete_client(client_id)
    show({"client_id": client_id}, f"Removed {client_id}; its tokens have ended.", as_json=as_json)


@clients.command("rotate-secret")
@client_argument
@json_option
def rotate_secret_(client_id: str, as_json: bool) -> None:
    """Give an app a second secret; the one before stays good for a day."""
    with at_work():
        secret = rotate_secret(client_id)
    words = f"New secret: {secret}\nShown only now. The one before stays good for a day."
    show({"client_id": client_id, "client_secret": secret}, words, as_json=as_json)


def describe(record: ClientRecord) -> dict[str, Any]:
    """An app as these commands print it: never a secret."""
    return {
        "client_id": record.id,
        "name": record.name,
        "kind": record.kind,
        "auth_method": record.auth_method,
        "callbacks": record.redirect_uris,
        "logout_urls": record.logout_uris,
        "web_origins": record.web_origins,
        "grant_types": record.grant_types,
        "response_types": record.response_types,
        "audiences": record.audiences,
        "require_consent": record.requires_consent,
        "third_party": record.is_third_party,
        "require_pkce": record.requires_pkce,
        "login": record.login,
        "metadata": record.registration,
        "created_at": when(record.created_at),
    }


def _login_rules(record: ClientRecord, first: tuple[str, ...], second_factor: bool | None) -> dict[str, Any] | None:
    """The rules with what was named changed; None if nothing was."""
    named = {"first": list(first) or None, "second_factor": second_factor}
    changes = {name: value for name, value in named.items() if value is not None}
    return {**record.login, **changes} if changes else None


def _read_jwks(file: IO[bytes]) -> dict[str, Any]:
    """A JWK Set (RFC 7517 §5), or one key alone."""
    try:
        document = json.load(file)
    except ValueError:
        raise InvalidInputError("The file of --jwks is no JSON.", "jwks") from None
    keys = document.get("keys", [document]) if isinstance(document, dict) else None
    if not isinstance(keys, list) or not keys:
        raise InvalidInputError('The file of --jwks must hold {"keys": […]} with at least one key.', "jwks")
    for key in keys:
        _check_jwk(key)
    return {"keys": keys}


def _check_jwk(key: object) -> None:
    if not isinstance(key, dict):
        raise InvalidInputError("A key of --jwks is no JSON object.", "jwks")
    try:
        jwt.import_public_jwk(key)
    except jwt.InvalidKey as error:
        raise InvalidInputError(f"A key of --jwks cannot be used: {error}.", "jwks") from None
