"""README under test: what it says of settings, commands and their output follows from the program, or these fail."""

import ast
import json
import re
import shlex
import sqlite3
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jinja2 import Environment, StrictUndefined

from idp.admin.pages import AppCreatedPage
from idp.cli import main
from idp.domain.tenant.config_version import cache
from tests.readme.document import README, block, blocks, commands, examples, members, paths, settings_table, usage

SNIPPETS = README.parent / "templates" / "admin" / "snippets"
VARIABLE = re.compile(r"IDP_[A-Z_]*[A-Z]")
EMAIL = "ada@example.com"

#: Every command that prints members, in an order in which each can be done.
TRIED: tuple[tuple[str, list[str]], ...] = (
    ("users create", [EMAIL, "--password-stdin"]),
    ("users invite", ["guest@example.com"]),
    ("users show", [EMAIL]),
    ("users block", [EMAIL]),
    ("users unblock", [EMAIL]),
    ("users set-password", [EMAIL, "--password-stdin"]),
    ("users reset-factors", [EMAIL]),
    ("users list", []),
    ("login show", []),
    ("login set", ["--second-factor", "required"]),
    ("clients create", ["--name", "App", "--kind", "web"]),
    ("clients show", ["{client_id}"]),
    ("clients update", ["{client_id}", "--name", "Renamed"]),
    ("clients rotate-secret", ["{client_id}"]),
    ("clients list", []),
    ("branding set", ["--client", "{client_id}", "--color", "#ffdd00"]),
    ("branding show", ["--client", "{client_id}"]),
    ("branding reset", ["--client", "{client_id}", "--only", "color"]),
    ("apis create", ["--name", "API", "--audience", "https://api.example.com"]),
    ("apis list", []),
    ("grants create", ["--client", "{client_id}", "--audience", "https://api.example.com"]),
    ("grants list", []),
    ("clients delete", ["{client_id}"]),
    ("registration-tokens create", []),
    ("registration-tokens list", []),
    ("registration-tokens revoke", ["{registration_tokens[0][id]}"]),
    ("keys list", []),
    ("keys rotate", []),
    ("keys revoke", ["{active_kid}"]),
    ("events list", []),
    ("events show", ["TKW82S1AK3"]),
    ("jobs list", []),
    ("jobs retry", ["--all"]),
    ("database upgrade", []),
    ("database check", []),
    ("database backup", ["copy.sqlite3"]),
)


def test_the_two_commands_come_first():
    assert [line.partition("#")[0].strip() for line in blocks()[0].text.splitlines()] == ["./dev run", "./dev test"]


def test_every_setting_is_listed_with_its_default_and_meaning():
    assert settings_table() in README.read_text(), f"README should have:\n{settings_table()}"


def test_every_variable_that_is_named_is_a_setting():
    assert set(VARIABLE.findall(README.read_text())) == set(VARIABLE.findall(settings_table()))


def test_every_command_is_listed_with_its_options():
    expected = "\n".join(usage(words, command) for words, command in commands().items())
    assert block("The command line", "text").text.strip() == expected, f"README should have:\n{expected}"


def test_every_command_that_prints_members_is_tried():
    assert {words for words, _ in TRIED} | {"start", "worker"} == commands().keys()


def test_commands_print_the_members_that_the_table_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in VARIABLE.findall(settings_table()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    cache.clear()
    expected, known, printed = members(), dict[str, Any](), dict[str, list[str]]()
    for words, arguments in TRIED:
        if words == "jobs list":
            give_up_a_job(tmp_path)
        if words == "events show":
            refuse_a_request(tmp_path)
        filled = [argument.format(**known) for argument in arguments]
        done = CliRunner().invoke(main, [*words.split(), *filled, "--json"], input="lantern orbit velvet canoe")
        assert done.exit_code == 0, f"{words}: {done.stderr}"
        facts = json.loads(done.stdout)
        known |= facts
        noun, verb = words.split()
        printed[words] = list(facts[noun.replace("-", "_")][0] if verb == "list" else facts)
    cache.clear()
    assert printed == expected


def refuse_a_request(folder: Path) -> None:
    """No command does: only requests have reference ids."""
    with closing(sqlite3.connect(folder / "var" / "idp.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO events (at_ms, name, outcome, reference) VALUES (1, 'page.refused', 'refused', 'TKW82S1AK3')"
        )


def give_up_a_job(folder: Path) -> None:
    """No command does: a job is given up on by whoever sends."""
    with closing(sqlite3.connect(folder / "var" / "idp.sqlite3")) as connection, connection:
        connection.execute(
            "INSERT INTO outbox (kind, payload, state, attempts, created_at, due_at, finished_at, last_error)"
            " VALUES ('mail', '{}', 'dead', 8, 1, 1, 1, 'OSError: refused')"
        )


@pytest.mark.parametrize("line", examples("idp"))
def test_a_command_in_an_example_exists_with_its_options(line):
    words = shlex.split(line)[1:]
    length = 1 if words[0] in commands() else 2
    command, rest = commands()[" ".join(words[:length])], words[length:]
    options = {
        name: option
        for option in command.params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    given = {word: value for word, value in zip_longest(rest, rest[1:]) if word.startswith("--")}
    assert given.keys() <= options.keys()
    kinds = [(given[word], options[word].type) for word in given]
    assert all(value in kind.choices for value, kind in kinds if isinstance(kind, click.Choice))


@pytest.mark.parametrize("line", examples("./dev"))
def test_a_command_of_dev_exists(line):
    words = shlex.split(line)
    assert f"\n  {words[1]} " in (README.parent / "dev").read_text()


@pytest.mark.parametrize("each", blocks("python"), ids=lambda each: each.heading)
def test_python_parses(each):
    ast.parse(each.text)


@pytest.mark.parametrize("each", blocks("json"), ids=lambda each: each.heading)
def test_json_parses(each):
    assert json.loads(each.text)


@pytest.mark.parametrize(
    ("file", "heading", "language", "callback"),
    [
        ("flask", "Flask", "python", "http://localhost:3000/callback"),
        ("express", "Express", "js", "http://localhost:3000/callback"),
        ("oidc_client", "A single-page app", "js", "http://localhost:5173/"),
        ("fastapi", "An API that verifies access tokens, in FastAPI", "python", ""),
        ("curl", "curl, for a machine", "sh", ""),
    ],
)
def test_the_page_of_a_new_app_shows_the_same_code(file, heading, language, callback):
    page = AppCreatedPage(
        name="Notes",
        kind="web",
        issuer="http://localhost:8000/",
        client_id="YOUR_CLIENT_ID",
        client_secret="YOUR_CLIENT_SECRET",
        callback=callback,
        audience="https://api.example.com",
        home_url="/admin",
    )
    template = (SNIPPETS / f"{file}.txt").read_text()
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    expected = jinja.from_string(template).render(page=page)
    shown = [each.text for each in blocks(language) if each.heading == heading]
    assert expected in shown, f"README should have:\n{expected}"


@pytest.mark.parametrize("path", paths())
def test_every_path_that_is_named_exists(path):
    assert (README.parent / path).exists()
