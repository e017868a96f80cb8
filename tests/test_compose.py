"""docker-compose.yml speaks of settings and commands that exist."""

from pathlib import Path

import click
import pytest
import yaml

from idp.cli import main
from idp.config import Settings

ROOT = Path(__file__).resolve().parents[1]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "idp:local"}
ONE_SHOT = {"migrate"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str):
    fields = {f"IDP_{field.upper()}" for field in Settings.model_fields}
    assert set(OURS[name]["environment"]) <= fields


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_idp(name: str):
    command: click.Command | None = main
    context = click.Context(main)
    words = [*OURS[name]["command"]]
    while isinstance(command, click.Group):
        command = command.get_command(context, words.pop(0))
    assert command, f"idp has no command {OURS[name]['command']}"
    command.make_context(name, words)


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_outside_and_are_asked_for(name: str):
    environment = OURS[name]["environment"]
    assert environment["IDP_SECRET_KEY"].startswith("${IDP_SECRET_KEY:?")
    assert "${POSTGRES_PASSWORD:?" in environment["IDP_DATABASE_URL"]


def test_two_nodes_answer_behind_the_front():
    nodes = {name for name, service in OURS.items() if service["command"][0] == "start"}
    assert nodes == {"node1", "node2"}
    assert all("/readyz" in OURS[name]["healthcheck"]["test"][-1] for name in nodes)
    assert set(SERVICES["front"]["depends_on"]) == nodes


def test_nothing_of_ours_starts_before_the_migration():
    for name in OURS.keys() - ONE_SHOT:
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_nodes_believe_the_front_alone():
    address = SERVICES["front"]["networks"]["front"]["ipv4_address"]
    assert {service["environment"]["IDP_TRUSTED_PROXIES"] for service in OURS.values()} == {address}
