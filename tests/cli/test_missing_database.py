"""In a wrong folder a command says so, and leaves nothing there; only what may come first makes a database."""

import json
import sqlite3

import pytest

from tests.readme.document import commands

PASSWORD = "lantern orbit velvet canoe"
#: Done before the first `idp start` by scripts.
FIRST = {
    "users create": ("ada@example.com", "--password-stdin"),
    "clients create": ("--name", "App", "--kind", "spa"),
    "apis create": ("--name", "API", "--audience", "https://api.example.com"),
    "registration-tokens create": (),
    "database upgrade": (),
}
SERVING = {"start", "worker"}
NEEDED = {
    "users show": ("ada@example.com",),
    "users block": ("ada@example.com",),
    "users unblock": ("ada@example.com",),
    "users set-password": ("ada@example.com", "--password-stdin"),
    "users invite": ("ada@example.com",),
    "users reset-factors": ("ada@example.com",),
    "events show": ("ABCDEFGHJK",),
    "clients show": ("id",),
    "clients update": ("id",),
    "clients delete": ("id",),
    "clients rotate-secret": ("id",),
    "registration-tokens revoke": ("id",),
    "grants create": ("--client", "id", "--audience", "https://api.example.com"),
    "keys revoke": ("kid",),
    "jobs retry": ("--all",),
    "database backup": ("copy.sqlite3",),
}
REFUSING = sorted(commands().keys() - FIRST.keys() - SERVING)


@pytest.mark.parametrize("words", REFUSING)
def test_without_a_database_nothing_is_done_and_nothing_made(idp, folder, words):
    done = idp(*words.split(), *NEEDED.get(words, ()), stdin=PASSWORD)
    assert done.exit_code == 1
    assert f"there is no database at {folder / 'var' / 'idp.sqlite3'}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("words", sorted(FIRST))
def test_what_may_come_first_makes_the_database(idp, idp_json, words):
    assert idp(*words.split(), *FIRST[words], stdin=PASSWORD).exit_code == 0
    assert idp_json("users", "list")["users"] == [] or words == "users create"


def test_a_database_without_tables_is_none(idp, folder):
    (folder / "var").mkdir()
    sqlite3.connect(folder / "var" / "idp.sqlite3").close()
    done = idp("users", "list")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "there is no database" in done.stderr


def test_a_program_that_asks_for_json_gets_the_fault_of_a_check_in_it(idp, folder):
    done = idp("database", "check", "--json")
    assert done.exit_code == 1
    assert "there is no database" in json.loads(done.stdout)["faults"][0]
    assert list(folder.iterdir()) == []


def test_another_folder_is_found_by_its_variable(idp, idp_json, folder, monkeypatch):
    idp("users", "create", "ada@example.com", "--password-stdin", stdin=PASSWORD)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert idp("users", "list").exit_code == 1
    monkeypatch.setenv("IDP_DATA_DIR", str(folder / "var"))
    assert len(idp_json("users", "list")["users"]) == 1
