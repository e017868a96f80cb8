"""Tokens for registration, and apps that an operator registers by their metadata."""

import json

import pytest

from tests.cli.test_nouns import assert_refused

CALLBACK = ("--callback", "https://app.example.com/cb")
WEB = ("clients", "create", "--name", "App", "--kind", "web", *CALLBACK)


def test_a_token_is_shown_once_listed_and_revoked(idp, idp_json, folder):
    token = idp_json("registration-tokens", "create", "--uses", "3", "--days", "2")["token"]
    assert token.encode() not in (folder / "var" / "idp.sqlite3").read_bytes()
    [listed] = idp_json("registration-tokens", "list")["registration_tokens"]
    assert listed["uses_left"] == 3
    idp_json("registration-tokens", "revoke", listed["id"])
    assert idp_json("registration-tokens", "list") == {"registration_tokens": []}
    assert_refused(idp("registration-tokens", "revoke", listed["id"]), "There is no token")
    assert_refused(idp("registration-tokens", "revoke", ""), "There is no token")


@pytest.mark.parametrize(
    ("option", "value"), [("--uses", "0"), ("--uses", "10001"), ("--days", "0"), ("--days", "400")]
)
def test_a_token_has_bounds(idp, option, value):
    assert_refused(idp("registration-tokens", "create", option, value), " to ")


def test_without_registration_the_operator_is_told(idp, monkeypatch):
    assert "IDP_REGISTRATION=token" in idp("registration-tokens", "create").stdout
    monkeypatch.setenv("IDP_REGISTRATION", "token")
    assert "IDP_REGISTRATION" not in idp("registration-tokens", "create").stdout


def test_response_types_bring_the_grant_types_they_need(idp_json):
    made = idp_json(*WEB, "--response-type", "code", "--response-type", "code id_token", "--no-pkce")
    shown = idp_json("clients", "show", made["client_id"])
    assert shown["response_types"] == ["code", "code id_token"]
    assert shown["grant_types"] == ["authorization_code", "refresh_token", "client_credentials", "implicit"]
    assert (shown["require_pkce"], shown["third_party"]) == (False, False)


def test_metadata_comes_from_a_file(idp_json, folder):
    said = {"backchannel_logout_uri": "https://app.example.com/out", "token_endpoint_auth_method": "client_secret_jwt"}
    (folder / "app.json").write_text(json.dumps(said))
    made = idp_json(*WEB, "--web-origin", "https://app.example.com", "--metadata", "app.json")
    assert made["client_secret"]
    shown = idp_json("clients", "show", made["client_id"])
    assert shown["auth_method"] == "client_secret_jwt"
    assert shown["metadata"]["backchannel_logout_uri"] == said["backchannel_logout_uri"]
    assert shown["web_origins"] == ["https://app.example.com"]
    assert shown["callbacks"] == ["https://app.example.com/cb"]


def test_metadata_is_laid_over_what_there_is(idp_json, folder):
    made = idp_json(*WEB)
    for number, said in enumerate(({"default_max_age": 60}, {"initiate_login_uri": "https://app.example.com/"})):
        (folder / f"{number}.json").write_text(json.dumps(said))
        changed = idp_json("clients", "update", made["client_id"], "--metadata", f"{number}.json")
        assert "client_secret" not in changed
    assert changed["metadata"]["default_max_age"] == 60
    assert changed["metadata"]["initiate_login_uri"] == "https://app.example.com/"
    assert changed["grant_types"] == ["authorization_code", "refresh_token", "client_credentials"]


@pytest.mark.parametrize("kind", ["web", "spa", "native", "machine"])
def test_every_kind_can_be_described(idp_json, folder, kind):
    callback = {"native": ("--callback", "com.example.app:/cb"), "machine": ()}.get(kind, CALLBACK)
    (folder / "app.json").write_text('{"software_id": "app"}')
    made = idp_json("clients", "create", "--name", "App", "--kind", kind, *callback, "--metadata", "app.json")
    again = idp_json(
        "clients", "update", made["client_id"], "--metadata", "app.json", "--audience", "https://a.example"
    )
    assert (again["kind"], again["audiences"]) == (kind, ["https://a.example"])


@pytest.mark.parametrize(
    "content", ["", "[]", '{"default_max_age": "x"}', '{"sector_identifier_uri": "https://a.invalid/"}']
)
def test_metadata_that_is_none_is_refused_and_nothing_is_registered(idp, idp_json, folder, content):
    (folder / "app.json").write_text(content)
    assert_refused(idp(*WEB, "--metadata", "app.json"), "--metadata")
    assert idp_json("clients", "list") == {"clients": []}


def test_only_the_operator_lets_an_app_send_unsigned_requests(idp_json, folder):
    (folder / "app.json").write_text(json.dumps({"request_object_signing_alg": "none"}))
    shown = idp_json("clients", "show", idp_json(*WEB, "--metadata", "app.json")["client_id"])
    assert shown["metadata"]["request_object_signing_alg"] == "none"
