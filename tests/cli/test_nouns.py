"""What scripts rely on: the shapes that --json prints, exit codes, and one plain line for what cannot be done."""

import json
import re
import sqlite3

import pytest

from idp.infra import jwt

PASSWORD = "lantern orbit velvet canoe"
AUDIENCE = "https://api.example.com"


def test_users_create_prints_the_id(idp_json):
    printed = idp_json("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    assert set(printed) == {"user_id"}
    assert re.fullmatch(r"auth0\|\w{24}", printed["user_id"])


def test_users_invite_prints_the_id_and_the_link(idp, idp_json):
    callback = ("--callback", "https://app.example.com/cb")
    app = idp_json("clients", "create", "--name", "App", "--kind", "web", *callback)["client_id"]
    printed = idp_json("users", "invite", "ada@example.com", "--client", app, "--admin")
    assert set(printed) == {"user_id", "url"}
    assert "/u/invitation?ticket=iv1_" in printed["url"]
    again = idp_json("users", "invite", "ada@example.com")
    assert again["user_id"] == printed["user_id"]
    assert again["url"] != printed["url"]
    assert idp_json("users", "show", "ada@example.com")["admin"] is True
    assert again["url"] not in idp("users", "show", "ada@example.com").stdout


def test_nobody_is_invited_who_cannot_be(idp, idp_json):
    idp_json("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    assert_refused(idp("users", "invite", "ada@example.com"), "in use")
    assert_refused(idp("users", "invite", "grace@example.com", "--client", "none"), "There is no client")
    assert [each["email"] for each in idp_json("users", "list")["users"]] == ["ada@example.com"]


@pytest.mark.parametrize(("kind", "has_secret"), [("web", True), ("spa", False), ("native", False), ("machine", True)])
def test_clients_create_prints_id_and_secret(idp_json, kind, has_secret):
    callback = () if kind == "machine" else ("--callback", "https://app.example.com/cb")
    printed = idp_json("clients", "create", "--name", "App", "--kind", kind, *callback)
    assert set(printed) == {"client_id", "client_secret"}
    assert bool(printed["client_secret"]) == has_secret


def test_a_secret_is_shown_once_and_stored_nowhere(idp, idp_json, folder):
    made = idp_json("clients", "create", "--name", "App", "--kind", "machine")
    assert made["client_secret"] not in idp("clients", "show", made["client_id"]).stdout
    assert made["client_secret"].encode() not in (folder / "var" / "idp.sqlite3").read_bytes()


def test_rotating_gives_a_second_secret(idp_json):
    made = idp_json("clients", "create", "--name", "App", "--kind", "machine")
    rotated = idp_json("clients", "rotate-secret", made["client_id"])
    assert rotated["client_id"] == made["client_id"]
    assert rotated["client_secret"] not in {None, made["client_secret"]}


def test_an_app_with_keys_has_no_secret(idp_json, folder):
    (folder / "jwks.json").write_text(json.dumps({"keys": [jwt.public_jwk(jwt.new_key("ES256"))]}))
    made = idp_json("clients", "create", "--name", "App", "--kind", "machine", "--jwks", "jwks.json")
    assert made["client_secret"] is None
    assert idp_json("clients", "show", made["client_id"])["auth_method"] == "private_key_jwt"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": []}', '{"keys": [1]}', '{"kty": "oct", "k": "AAAA"}'])
def test_keys_that_cannot_be_used_are_refused(idp, folder, content):
    (folder / "jwks.json").write_text(content)
    done = idp("clients", "create", "--name", "App", "--kind", "machine", "--jwks", "jwks.json")
    assert_refused(done, "--jwks")


def test_clients_are_listed_shown_changed_and_removed(idp_json, idp):
    made = idp_json("clients", "create", "--name", "App", "--kind", "web", "--callback", "https://a.example/cb")
    client_id = made["client_id"]
    changed = idp_json(
        "clients", "update", client_id, "--name", "New name", "--callback", "https://b.example/cb", "--require-consent"
    )
    assert (changed["name"], changed["callbacks"], changed["require_consent"]) == (
        "New name",
        ["https://b.example/cb"],
        True,
    )
    assert idp_json("clients", "show", client_id) == changed
    assert idp_json("clients", "list") == {"clients": [changed]}
    assert idp_json("clients", "delete", client_id) == {"client_id": client_id}
    assert_refused(idp("clients", "show", client_id), client_id)


def test_apis_keep_their_scopes_with_words(idp_json):
    options = ("--scope", "read:all=Read a=b", "--scope", "write", "--token-lifetime", "120", "--signing-alg", "ES256")
    made = idp_json("apis", "create", "--name", "API", "--audience", AUDIENCE, *options)
    assert made["audience"] == AUDIENCE
    assert made["scopes"] == {"read:all": "Read a=b", "write": ""}
    assert (made["token_lifetime"], made["signing_alg"]) == (120, "ES256")
    assert idp_json("apis", "list") == {"apis": [made]}
    assert {key["alg"] for key in idp_json("keys", "list")["keys"]} == {"ES256"}


@pytest.mark.parametrize("name", ["", "\n", "x" * 129])
def test_an_api_has_a_name_that_can_be_shown(idp, name):
    assert_refused(idp("apis", "create", "--name", name, "--audience", AUDIENCE), "1 to 128 characters")


def test_grants_have_the_scopes_named_or_all(idp_json):
    client_id = idp_json("clients", "create", "--name", "M", "--kind", "machine")["client_id"]
    idp_json("apis", "create", "--name", "API", "--audience", AUDIENCE, "--scope", "read", "--scope", "write")
    grant = ("grants", "create", "--client", client_id, "--audience", AUDIENCE)
    assert idp_json(*grant, "--scope", "read")["scopes"] == ["read"]
    everything = {"client_id": client_id, "audience": AUDIENCE, "scopes": ["read", "write"]}
    assert idp_json(*grant) == everything
    assert idp_json("grants", "list") == {"grants": [everything]}


def test_a_public_app_gets_no_access_of_its_own(idp, idp_json):
    client_id = idp_json("clients", "create", "--name", "S", "--kind", "spa")["client_id"]
    idp_json("apis", "create", "--name", "API", "--audience", AUDIENCE)
    assert_refused(idp("grants", "create", "--client", client_id, "--audience", AUDIENCE), "cannot keep a secret")


def test_claims_come_from_a_file(idp_json, folder):
    (folder / "claims.json").write_text('{"name": "Ada", "address": {"locality": "London"}, "email_verified": true}')
    made = idp_json("users", "create", "ada@example.com", "--password-stdin", "--claims", "claims.json", stdin=PASSWORD)
    shown = idp_json("users", "show", made["user_id"])
    assert shown["claims"] == {"name": "Ada", "address": {"locality": "London"}}
    assert shown["email_verified"] is True


@pytest.mark.parametrize("content", ["nonsense", "[]", '{"nick": "x"}', '{"email_verified": "yes"}'])
def test_claims_that_are_none_are_refused_and_no_user_is_made(idp, idp_json, folder, content):
    idp("database", "upgrade")
    (folder / "claims.json").write_text(content)
    done = idp("users", "create", "ada@example.com", "--password-stdin", "--claims", "claims.json", stdin=PASSWORD)
    assert_refused(done, "")
    assert idp_json("users", "list") == {"users": []}


def test_users_are_blocked_and_let_in_again_by_address_or_id(idp_json):
    user_id = idp_json("users", "create", "Ada@example.com", "--password-stdin", stdin=PASSWORD)["user_id"]
    assert idp_json("users", "block", "ada@EXAMPLE.com")["blocked"] is True
    assert idp_json("users", "unblock", user_id)["blocked"] is False


def test_an_operator_may_set_a_weak_password_and_is_told(idp):
    done = idp("users", "create", "ada@example.com", "--password-stdin", "--json", stdin="secret")
    assert done.exit_code == 0
    assert "weak password" in done.stderr
    assert "user_id" in json.loads(done.stdout)


@pytest.mark.parametrize("password", ["", "\n", "x" * 1025])
def test_what_can_be_no_password_is_refused(idp, idp_json, password):
    assert_refused(idp("users", "create", "ada@example.com", "--password-stdin", stdin=password), "password")
    assert idp_json("users", "list") == {"users": []}


def test_the_same_address_is_refused_in_any_case(idp):
    idp("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    assert_refused(idp("users", "create", "ADA@example.com", "--password-stdin", stdin=PASSWORD), "already")


def test_keys_are_published_before_they_sign(idp_json):
    idp_json("database", "upgrade")
    first = idp_json("keys", "rotate")["active_kid"]
    waiting = idp_json("keys", "rotate")
    assert waiting["active_kid"] == first
    assert waiting["next_kid"]
    promoted = idp_json("keys", "rotate", "--now")
    assert promoted["active_kid"] == waiting["next_kid"]
    assert idp_json("keys", "revoke", first)["active_kid"] == waiting["next_kid"]
    assert {key["state"] for key in idp_json("keys", "list")["keys"]} == {"active", "gone"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "show", "nobody@example.com"),
        ("users", "block", "auth0|none"),
        ("clients", "rotate-secret", "none"),
        ("clients", "delete", "none"),
        ("clients", "create", "--name", "A", "--kind", "web", "--callback", "http://example.com/"),
        ("clients", "create", "--name", "\n", "--kind", "web"),
        ("apis", "create", "--name", "A", "--audience", "has space"),
        ("apis", "create", "--name", "A", "--audience", AUDIENCE, "--token-lifetime", "1"),
        ("apis", "create", "--name", "A", "--audience", AUDIENCE, "--scope", "two words"),
        ("grants", "create", "--client", "none", "--audience", AUDIENCE),
        ("keys", "revoke", "none"),
        ("keys", "revoke", "-IDlnUhS8vn2"),
        ("keys", "revoke", "--DlnUhS8vn2"),
    ],
)
def test_what_cannot_be_done_is_one_plain_line(idp, arguments):
    idp("database", "upgrade")
    assert_refused(idp(*arguments), "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "create"),
        ("users", "create", "ada@example.com"),
        ("clients", "create", "--name", "A", "--kind", "toaster"),
        ("nonsense",),
        ("start", "--port", "0"),
    ],
)
def test_wrong_usage_is_exit_code_2(idp, arguments):
    assert idp(*arguments).exit_code == 2


def test_every_fault_of_the_settings_has_its_line(idp, monkeypatch):
    monkeypatch.setenv("IDP_ISSUER", "http://login.example.com")
    monkeypatch.setenv("IDP_SECRET_KEY", "short")
    done = idp("users", "list")
    assert done.exit_code == 1
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["IDP_ISSUER", "IDP_SECRET_KEY"]


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/none/idp.sqlite3", "nonsense", "mysql://u:hunter2@h/d", "sqlite:////"]
)
def test_a_database_that_cannot_be_had_is_told_in_a_line(idp, monkeypatch, url):
    monkeypatch.setenv("IDP_DATABASE_URL", url)
    done = idp("users", "list")
    assert_refused(done, "")
    assert "hunter2" not in done.stderr


def test_words_for_people(idp):
    idp("database", "upgrade")
    assert idp("users", "list").stdout == "There are no users yet.\n"
    idp("users", "create", "ada@example.com", "--password-stdin", "--admin", "--verified", stdin=PASSWORD)
    assert re.search(r"ada@example\.com +verified +admin", idp("users", "list").stdout)


def test_check_finds_nothing_wrong_and_then_a_missing_row(idp, idp_json, folder):
    assert_refused(idp("database", "check"), "no database")
    idp("database", "upgrade")
    assert idp_json("database", "check")["ok"] is True
    idp("keys", "rotate")
    with sqlite3.connect(folder / "var" / "idp.sqlite3") as connection:
        connection.execute("UPDATE signing_keys SET private_wrapped = 'broken'")
    connection.close()
    done = idp("database", "check", "--json")
    assert done.exit_code == 1
    assert "cannot be opened" in json.loads(done.stdout)["faults"][0]


def test_a_backup_is_one_whole_file_for_its_owner_alone(idp, idp_json, folder):
    idp("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    printed = idp_json("database", "backup", "copy.sqlite3")
    copy = folder / "copy.sqlite3"
    assert printed["bytes"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT email FROM users").fetchall() == [("ada@example.com",)]
    connection.close()
    assert_refused(idp("database", "backup", "copy.sqlite3"), "exists")


def test_a_database_of_another_version_is_left_alone(idp, folder):
    idp("database", "upgrade")
    with sqlite3.connect(folder / "var" / "idp.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    assert_refused(idp("users", "list"), "another version")


def assert_refused(done, part: str) -> None:
    """Exit code 1, and one plain line on standard error."""
    assert done.exit_code == 1, done.output
    assert part in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
