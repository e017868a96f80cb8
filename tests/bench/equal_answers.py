"""How long an answer takes, by who it was for: nobody may tell by a watch which addresses have an account.

Tries of all classes take turns in this process, each with an address and an account of its own, so that nobody is
slowed down for guessing, and what disturbs the machine disturbs all alike.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from flask import Flask

from idp.app import create_app
from idp.cli import schema
from idp.domain.credentials.models import LoginFailure, Totp
from idp.domain.credentials.passwords import hash_password, store_hash
from idp.domain.credentials.throttle import buckets_for
from idp.domain.keys import rotation
from idp.domain.lifecycle.users import block_user
from idp.domain.tenant.config_version import cache
from idp.domain.tenant.login_policy import change_login_policy
from idp.domain.users.accounts import create_user
from idp.infra import clock
from idp.infra.db import db, unit_of_work
from idp.infra.secrets import derive, new_id, new_token
from tests.bench.servers import idp_settings

UNKNOWN = "unknown"
CLASSES = (UNKNOWN, "known", "passwordless", "blocked", "with a second factor")
TRIES = 200
#: A class may differ from the unknown by so much of its time, or by so many seconds, whichever is more.
SHARE, SECONDS = 0.05, 0.003
_SPARE = 5


@dataclass(frozen=True)
class Question:
    """What is asked for an address (in the field `identifier`), and the answer. `first`: the ways in that are on."""

    name: str
    path: str
    identifier: str
    status: int
    more: dict[str, str] = field(default_factory=dict)
    is_locked: bool = False
    first: tuple[str, ...] = ("password", "email_code")


_LOGIN = {"password": "not the password of anybody"}
#: The last two make accounts of who was unknown.
QUESTIONS = (
    Question("refused login", "/u/login", "username", 422, _LOGIN),
    Question("reset", "/u/reset-password", "email", 200),
    Question("code by mail", "/u/login", "username", 303, {"action": "email_code"}),
    Question("login, locked", "/u/login", "username", 429, _LOGIN, is_locked=True),
    Question("sign-up by mail", "/u/signup", "email", 303, first=("email_code",)),
    Question("sign-up by link", "/u/signup", "email", 200, first=("passkey",)),
)


@dataclass(frozen=True)
class Difference:
    """The median CPU time of a class at a question, against that of addresses nobody has."""

    question: str
    name: str
    seconds: float
    difference: float

    @property
    def is_met(self) -> bool:
        return self.is_within(SHARE, SECONDS)

    def is_within(self, share: float, seconds: float) -> bool:
        """Whether it is no more than a share of the time of the unknown, or so many seconds."""
        return abs(self.difference) <= max(seconds, share * (self.seconds - self.difference))


def measure(folder: Path, tries: int = TRIES, classes: Sequence[str] = CLASSES) -> list[Difference]:
    """Medians of so many tries of each class, question by question; the unknown come first."""
    settings = idp_settings(folder, None, 1)
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    cache.clear()
    with app.app_context(), unit_of_work():
        rotation.ensure("RS256")
        _make_people(tries + _SPARE, classes)
    return [each for question in QUESTIONS for each in _ask(app, question, tries + _SPARE, classes)]


def _ask(app: Flask, question: Question, count: int, classes: Sequence[str]) -> list[Difference]:
    with app.app_context(), unit_of_work():
        change_login_policy(first=question.first)
        if question.is_locked:
            _lock_everybody(question, count, classes)
    found: dict[str, list[float]] = {name: [] for name in classes}
    for number in range(count):
        # Whoever is first in a round finds the caches as the round before left them
        turn = number % len(classes)
        for name in (*classes[turn:], *classes[:turn]):
            found[name].append(_try(app, question, name, number))
    medians = {name: median(seconds[_SPARE:]) for name, seconds in found.items()}
    return [Difference(question.name, name, each, each - medians[UNKNOWN]) for name, each in medians.items()]


def _make_people(count: int, classes: Sequence[str]) -> None:
    stored = hash_password("a password that nobody types here")
    for name, number in _everybody(count, classes):
        if name == UNKNOWN:
            continue
        user = create_user(_address(name, number), verified=True, claims={})
        if name != "passwordless":
            store_hash(user.id, stored)
        if name == "blocked":
            block_user(user)
        if name == "with a second factor":
            now = clock.now()
            db.session.add(Totp(id=new_id(32), user_id=user.id, seed_wrapped="s", created_at=now, confirmed_at=now))


def _lock_everybody(question: Question, count: int, classes: Sequence[str]) -> None:
    until = clock.now() + 3600
    for name, number in _everybody(count, classes):
        account = buckets_for(_asked(question, name, number), "")[-1].key
        db.session.merge(LoginFailure(bucket=account, count=20, window_started_at=until, blocked_until=until))


def _everybody(count: int, classes: Sequence[str]) -> Sequence[tuple[str, int]]:
    return [(name, number) for name in classes for number in range(count)]


def _address(name: str, number: int) -> str:
    return f"{name.replace(' ', '-')}{number}@bench.example"


def _asked(question: Question, name: str, number: int) -> str:
    # Whoever one sign-up made an account for is not unknown to the next
    own = f"{question.first[0]}-" if name == UNKNOWN else ""
    return own + _address(name, number)


def _try(app: Flask, question: Question, name: str, number: int) -> float:
    browser = new_token("br1_")
    client = app.test_client()
    client.set_cookie("idp_browser", browser)
    token = derive(app.config["IDP"].secrets[0], "csrf", browser)
    data = {question.identifier: _asked(question, name, number), "csrf_token": token, **question.more}
    place = CLASSES.index(name)
    began = time.process_time()
    answer = client.post(question.path, data=data, environ_overrides={"REMOTE_ADDR": f"10.{place}.0.{number}"})
    seconds = time.process_time() - began  # of all threads; what else runs on the machine does not count
    assert answer.status_code == question.status, answer.text
    return seconds
