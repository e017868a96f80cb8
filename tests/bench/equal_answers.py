"""How long a refused login takes, by who it was for: nobody may tell by a watch which addresses have an account.

Tries of all classes take turns in this process, each with an address and an account of its own, so that nobody is
slowed down for guessing, and what disturbs the machine disturbs all alike.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from flask import Flask

from idp.app import create_app
from idp.cli import schema
from idp.domain.credentials.passwords import hash_password, store_hash
from idp.domain.keys import rotation
from idp.domain.lifecycle.users import block_user
from idp.domain.tenant.config_version import cache
from idp.domain.users.accounts import create_user
from idp.infra.db import unit_of_work
from idp.infra.secrets import derive, new_token
from tests.bench.servers import idp_settings

CLASSES = ("unknown", "wrong password", "passwordless", "blocked")
TRIES = 200
#: A class may differ from the unknown by so much of its time, or by so many seconds, whichever is more.
SHARE, SECONDS = 0.05, 0.003
_SPARE = 5


@dataclass(frozen=True)
class Difference:
    """The median CPU time of a class, against that of addresses nobody has."""

    name: str
    seconds: float
    difference: float

    @property
    def is_met(self) -> bool:
        return abs(self.difference) <= max(SECONDS, SHARE * (self.seconds - self.difference))


def measure(folder: Path, tries: int = TRIES) -> list[Difference]:
    """Medians of so many tries of each class."""
    settings = idp_settings(folder, None, 1)
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    cache.clear()
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
        _make_people(tries + _SPARE)
    found: dict[str, list[float]] = {name: [] for name in CLASSES}
    for number in range(tries + _SPARE):
        # Whoever is first in a round finds the caches as the round before left them
        for name in (*CLASSES[number % 4 :], *CLASSES[: number % 4]):
            found[name].append(_try(app, name, number))
    medians = {name: median(seconds[_SPARE:]) for name, seconds in found.items()}
    return [Difference(name, each, each - medians["unknown"]) for name, each in medians.items()]


def _make_people(count: int) -> None:
    stored = hash_password("a password that nobody types here")
    for name, number in _everybody(count):
        if name == "unknown":
            continue
        user = create_user(_address(name, number), verified=True, claims={})
        if name != "passwordless":
            store_hash(user.id, stored)
        if name == "blocked":
            block_user(user)


def _everybody(count: int) -> Iterator[tuple[str, int]]:
    return ((name, number) for name in CLASSES for number in range(count))


def _address(name: str, number: int) -> str:
    return f"{name.replace(' ', '-')}{number}@bench.example"


def _try(app: Flask, name: str, number: int) -> float:
    browser = new_token("br1_")
    client = app.test_client()
    client.set_cookie("idp_browser", browser)
    token = derive(app.config["IDP"].secrets[0], "csrf", browser)
    data = {"username": _address(name, number), "password": "not the password of anybody", "csrf_token": token}
    place = CLASSES.index(name)
    began = time.process_time()
    answer = client.post("/u/login", data=data, environ_overrides={"REMOTE_ADDR": f"10.{place}.0.{number}"})
    seconds = time.process_time() - began  # of all threads; what else runs on the machine does not count
    assert answer.status_code == 422, answer.text
    return seconds
