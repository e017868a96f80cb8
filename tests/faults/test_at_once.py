"""One code, one refresh token, many tries at the same instant, from two server processes on one database."""

from collections import Counter
from itertools import islice
from pathlib import Path

from tests.faults.nodes import Node, deployment
from tests.faults.seeding import make_codes, make_families, refresh, rows
from tests.faults.volley import Answer, ask, connections, form, get, volley

ROUNDS = 60
AT_ONCE = 16
"""Twice as many as are served at the same instant: two nodes have four threads each."""
BATCH = 10
"""Rounds whose codes are made together: a code lives for a minute."""
ONE_WINNER = Counter({(200, ""): 1, (400, "invalid_grant"): AT_ONCE - 1})


def at_once(nodes: list[Node], requests: list[bytes]) -> list[Answer]:
    """Send them to the nodes in turn. The connections are new: a server hangs up on one that asks nothing for long."""
    with connections([nodes[number % len(nodes)].port for number in range(len(requests))]) as opened:
        return volley(opened, requests)


def winner(answers: list[Answer]) -> Answer:
    assert Counter(answer.error for answer in answers) == ONE_WINNER
    return next(answer for answer in answers if answer.status == 200)


def test_of_many_redemptions_of_a_code_one_wins(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        for _ in range(ROUNDS // BATCH):
            for code in make_codes(nodes[0].house, BATCH):
                won = winner(at_once(nodes, [code.redemption()] * AT_ONCE)).json
                # The others were replays: what the code gave has ended (RFC 6749 §4.1.2)
                assert ask(nodes[0].port, refresh(code.client_id, won["refresh_token"])).error == (400, "invalid_grant")
        issued = rows(nodes[0].house, "SELECT count(*) FROM events WHERE name = 'token.issued'")
        spent = rows(nodes[0].house, "SELECT count(*) FROM authorization_codes WHERE used_at IS NOT NULL")
        assert issued == spent == [(ROUNDS,)]


def test_outside_the_grace_one_of_many_refreshes_wins_and_the_family_ends(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url, refresh_token_grace=0) as nodes:
        for client_id, token in make_families(nodes[0].house, ROUNDS):
            won = winner(at_once(nodes, [refresh(client_id, token)] * AT_ONCE)).json
            assert won["refresh_token"] != token
            assert ask(nodes[1].port, refresh(client_id, won["refresh_token"])).error == (400, "invalid_grant")
            bearer = f"Bearer {won['access_token']}"
            assert ask(nodes[0].port, get("/userinfo", Authorization=bearer)).status == 401


def test_inside_the_grace_many_refreshes_get_one_successor(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url, refresh_token_grace=60) as nodes:
        for client_id, token in make_families(nodes[0].house, ROUNDS // 10, ("offline_access",)):
            lineage = [token]
            for _ in range(10):
                answers = at_once(nodes, [refresh(client_id, lineage[-1])] * AT_ONCE)
                assert Counter(answer.error for answer in answers) == {(200, ""): AT_ONCE}
                (successor,) = {answer.json["refresh_token"] for answer in answers}
                lineage.append(successor)
            assert len(set(lineage)) == len(lineage)
            kept = rows(nodes[0].house, "SELECT count(*) FROM refresh_tokens WHERE client_id = :id", id=client_id)
            assert kept == [(len(lineage),)]
            assert ask(nodes[1].port, refresh(client_id, lineage[-1])).status == 200


def test_the_grace_is_for_the_immediate_predecessor_alone(tmp_path: Path, sqlite_only: str) -> None:
    with deployment(tmp_path, sqlite_only, refresh_token_grace=60) as nodes:
        ((client_id, first),) = make_families(nodes[0].house, 1)
        second = ask(nodes[0].port, refresh(client_id, first)).json["refresh_token"]
        third = ask(nodes[1].port, refresh(client_id, second)).json["refresh_token"]
        assert ask(nodes[0].port, refresh(client_id, first)).error == (400, "invalid_grant")
        assert ask(nodes[1].port, refresh(client_id, third)).error == (400, "invalid_grant")


def test_once_revoke_has_answered_nothing_of_the_family_works(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        seen = Counter[tuple[int, str]]()
        for client_id, token in make_families(nodes[0].house, ROUNDS // 4):
            requests = [refresh(client_id, token)] * AT_ONCE
            requests[AT_ONCE // 2] = form("/oauth/revoke", client_id=client_id, token=token)
            answers = at_once(nodes, requests)
            revoked = answers.pop(AT_ONCE // 2)
            assert (revoked.status, revoked.body) == (200, b"")
            seen.update(answer.error for answer in answers)
            for won in islice((answer.json for answer in answers if answer.status == 200), 2):
                last = refresh(client_id, won["refresh_token"])
                assert ask(nodes[1].port, last).error == (400, "invalid_grant")
                held = get("/userinfo", Authorization=f"Bearer {won['access_token']}")
                assert ask(nodes[1].port, held).status == 401
            assert ask(nodes[0].port, refresh(client_id, token)).error == (400, "invalid_grant")
        assert set(seen) <= {(200, ""), (400, "invalid_grant")}
