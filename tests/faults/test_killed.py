"""`kill -9`: of a worker in the middle of redemptions, of a whole server, and what is there afterwards."""

import random
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import joserfc.jwt
from joserfc.jwk import KeySet

from tests.faults.nodes import Node, deployment, eventually
from tests.faults.seeding import (
    CALLBACK,
    CHALLENGE,
    Code,
    inside,
    make_codes,
    make_person,
    make_public_client,
    refresh,
    rows,
)
from tests.faults.volley import Answer, Connection, DroppedError, ask, connections, get, launch, wait_for_any

KILLS = 20
IN_FLIGHT = 24
LONGEST_WAIT = 0.06
"""Some of the redemptions in flight take longer than this, some are done sooner."""


def test_a_worker_killed_in_mid_redemption_leaves_each_code_good_or_spent(tmp_path: Path, database_url: str) -> None:
    seen = Counter[str]()
    with deployment(tmp_path, database_url) as nodes:
        for number in range(KILLS):
            # In turn, so that one node is there to try again while the other's worker is replaced
            victim, other = nodes[number % 2], nodes[(number + 1) % 2]
            codes = make_codes(victim.house, IN_FLIGHT)
            answers = redeem_and_kill(victim, codes, answers_first=number % 4 > 1)
            seen.update(try_again(other, codes, answers))
            assert_spent_with_tokens(victim, codes)
        assert_one_token_set_each(nodes[0])
    assert {"answered", "good"} <= set(seen), f"no kill was in mid-redemption: {seen}"


def redeem_and_kill(node: Node, codes: list[Code], *, answers_first: bool) -> list[Answer | None]:
    """Redeem all at once, and kill the worker at some moment, or some moment after the first answer."""
    eventually(node.is_ready, "a worker is there")
    with connections([node.port] * len(codes)) as opened:
        launch(opened, [code.redemption() for code in codes])
        if answers_first:
            wait_for_any(opened)
        time.sleep(random.uniform(0, LONGEST_WAIT))
        node.kill_worker()
        return [read_if_any(connection) for connection in opened]


def read_if_any(connection: Connection) -> Answer | None:
    try:
        return connection.read()
    except DroppedError:
        return None


def try_again(node: Node, codes: list[Code], answers: list[Answer | None]) -> list[str]:
    """What a client does that got no answer. An answer that came is kept."""
    eventually(node.is_ready, "the worker that was killed before is replaced")
    outcomes = []
    for code, answer in zip(codes, answers, strict=True):
        if answer is not None:
            assert answer.status == 200
            outcomes.append("answered")
            continue
        again = ask(node.port, code.redemption())
        assert again.error in {(200, ""), (400, "invalid_grant")}
        outcomes.append("good" if again.status == 200 else "spent")
    return outcomes


def assert_spent_with_tokens(node: Node, codes: list[Code]) -> None:
    """A code is spent if and only if its refresh token is there; one alone."""
    found = rows(
        node.house,
        "SELECT c.code_hash, c.used_at, count(t.token_hash) FROM authorization_codes c"
        " LEFT JOIN refresh_tokens t ON t.grant_id = c.grant_id GROUP BY c.code_hash, c.used_at",
    )
    state = {code_hash: (used_at is not None, tokens) for code_hash, used_at, tokens in found}
    assert {state[code.hash] for code in codes} == {(True, 1)}


def assert_one_token_set_each(node: Node) -> None:
    issued = rows(node.house, "SELECT count(*) FROM events WHERE name = 'token.issued'")
    spent = rows(node.house, "SELECT count(*) FROM authorization_codes WHERE used_at IS NOT NULL")
    assert issued == spent == [(KILLS * IN_FLIGHT,)]


def test_nothing_acknowledged_is_lost_with_a_server_killed(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url, count=1, workers=2) as (node,):
        with inside(node.house):
            person, client_id = make_person(), make_public_client()
        first = ask(node.port, make_codes(node.house, 1)[0].redemption()).json
        jwks = ask(node.port, get("/.well-known/jwks.json")).json
        codes = make_codes(node.house, 3 * IN_FLIGHT)
        answers = redeem_and_kill_all(node, codes)
        node.start()

        assert ask(node.port, get("/.well-known/jwks.json")).json == jwks
        joserfc.jwt.decode(first["access_token"], KeySet.import_key_set(jwks), algorithms=["RS256"])
        bearer = get("/userinfo", Authorization=f"Bearer {first['access_token']}")
        assert ask(node.port, bearer).status == 200
        signed_in_silently(node, person.cookie, client_id)
        acknowledged = [(code, answer.json) for code, answer in zip(codes, answers, strict=True) if answer is not None]
        assert acknowledged
        for code, tokens in acknowledged:
            assert ask(node.port, refresh(code.client_id, tokens["refresh_token"])).status == 200


def redeem_and_kill_all(node: Node, codes: list[Code]) -> list[Answer | None]:
    """Redeem, and kill every process of the node when a third is answered."""
    with connections([node.port] * len(codes)) as opened:
        launch(opened, [code.redemption() for code in codes])
        answers: list[Answer | None] = [connection.read() for connection in opened[: len(codes) // 3]]
        node.kill()
        return answers + [read_if_any(connection) for connection in opened[len(codes) // 3 :]]


def signed_in_silently(node: Node, cookie: str, client_id: str) -> None:
    """The browser's login is good: an app gets a code without a page."""
    query = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "the state",
        "prompt": "none",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    answer = ask(node.port, get(f"/authorize?{urlencode(query)}", Cookie=f"idp_session={cookie}"))
    assert "code" in parse_qs(urlsplit(answer.headers["location"]).query), answer.headers["location"]


def test_a_killed_worker_is_replaced_and_requests_go_on(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, count=1, workers=2) as (node,):
        before = set(node.workers())
        killed = node.kill_worker()
        # The one that is left answers what comes meanwhile
        eventually(lambda: ask(node.port, get("/readyz")).status == 200, "a worker answers")
        eventually(lambda: len(node.workers()) == 2 and killed not in node.workers(), "there are two again")
        assert len(before & set(node.workers())) == 1
        node.kill_workers()  # both at once: the kernel may well kill several
        eventually(lambda: not before & set(node.workers()), "both are new")
        eventually(lambda: ask(node.port, get("/readyz")).status == 200, "they answer")
        (code,) = make_codes(node.house, 1)
        assert ask(node.port, code.redemption()).status == 200
