"""`idp login`, what an app asks of a login, and help for who lost the second factor."""

import sqlite3

import pytest

from tests.cli.test_nouns import assert_refused

PASSWORD = "lantern orbit velvet canoe"


@pytest.fixture(autouse=True)
def _database(idp):
    """An empty one: these commands make none."""
    assert idp("database", "upgrade").exit_code == 0


def test_the_policy_is_shown_and_changed_in_part(idp_json):
    before = idp_json("login", "show")
    assert before["second_factor"] == "optional"
    changed = idp_json("login", "set", "--second-factor", "required", "--first", "password", "--verified-email")
    assert changed == {**before, "second_factor": "required", "first": ["password"], "verified_email": True}
    assert idp_json("login", "set", "--no-verified-email")["verified_email"] is False
    assert idp_json("login", "show") == {**changed, "verified_email": False}
    assert idp_json("login", "set") == idp_json("login", "show")
    assert before["identifier_first"] is False
    assert idp_json("login", "set", "--identifier-first")["identifier_first"] is True
    assert idp_json("login", "set", "--no-identifier-first")["identifier_first"] is False


def test_who_has_no_way_in_left_is_invited_anew(idp, idp_json):
    idp_json("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    assert "idp users invite" not in idp("users", "reset-factors", "ada@example.com").stdout
    assert_refused(idp("users", "invite", "ada@example.com"), "in use")
    idp_json("login", "set", "--first", "passkey")
    assert "idp users invite ada@example.com" in idp("users", "reset-factors", "ada@example.com").stdout
    assert "/u/invitation?ticket=" in idp_json("users", "invite", "ada@example.com")["url"]


def test_a_change_of_the_policy_stands_in_the_log(idp_json, folder):
    idp_json("login", "set", "--second", "totp")
    with sqlite3.connect(folder / "var" / "idp.sqlite3") as connection:
        names = connection.execute("SELECT name FROM events").fetchall()
    connection.close()
    assert ("tenant.login_changed",) in names


def test_a_policy_that_cannot_be_is_refused_and_changes_nothing(idp, idp_json):
    before = idp_json("login", "show")
    assert_refused(idp("login", "set", "--first", "telepathy"), "telepathy")
    assert_refused(idp("login", "set", "--second", "recovery_code", "--second-factor", "required"), "passkey or totp")
    assert idp_json("login", "show") == before


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (("--second", "totp"), ()),
        (("--first", "passkey", "--second", "totp", "--second", "email_code"), ()),
        (("--first", "password", "--second", "totp", "--second", "email_code"), ("reset",)),
        (("--first", "magic_link", "--first", "email_code", "--second", "email_code"), ("magic_link", "email_code")),
    ],
)
def test_where_the_mailbox_is_both_factors_the_operator_is_warned(idp, asked, named):
    done = idp("login", "set", *asked)
    assert done.exit_code == 0
    assert ("idp: warning: email_code is a second factor" in done.stderr) is bool(named)
    assert all(name in done.stderr for name in named)


def test_an_app_asks_for_more(idp, idp_json):
    client_id = idp_json("clients", "create", "--name", "App", "--kind", "spa")["client_id"]
    changed = idp_json("clients", "update", client_id, "--login-first", "passkey", "--second-factor")
    assert changed["login"] == {"first": ["passkey"], "second_factor": True}
    changed = idp_json("clients", "update", client_id, "--no-second-factor", "--name", "Renamed")
    assert changed["login"] == {"first": ["passkey"]}
    assert_refused(idp("clients", "update", client_id, "--login-first", "telepathy"), "telepathy")
    assert idp_json("clients", "show", client_id) == changed


def test_who_lost_the_second_factor_is_helped(idp, idp_json):
    idp_json("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    assert idp_json("users", "reset-factors", "ada@example.com")["removed"] == []
    assert "has none" in idp("users", "reset-factors", "ada@example.com").stdout
    assert_refused(idp("users", "reset-factors", "nobody@example.com"), "nobody@example.com")


def test_no_app_requires_a_second_factor_that_nobody_could_set_up(idp, idp_json):
    client_id = idp_json("clients", "create", "--name", "App", "--kind", "spa")["client_id"]
    idp_json("login", "set", "--second", "recovery_code")
    refused = idp("clients", "update", client_id, "--second-factor")
    assert_refused(refused, "idp login set --second passkey --second totp --second recovery_code")
    idp_json("login", "set", "--second", "totp")
    before = idp_json("login", "show")
    idp_json("clients", "update", client_id, "--second-factor")
    refused = idp("login", "set", "--second", "email_code")
    assert_refused(refused, f"App ({client_id})")
    assert_refused(refused, "--no-second-factor")
    assert idp_json("login", "show") == before
    idp_json("clients", "update", client_id, "--no-second-factor")
    assert idp_json("login", "set", "--second", "email_code")["second"] == ["email_code"]
