"""A second factor at several nodes: a login begun at one goes on at another, and a code gives one login everywhere."""

from collections import Counter
from pathlib import Path

from idp.domain.credentials.recovery_codes import renew_recovery_codes
from idp.domain.credentials.totp import begin_totp, confirm_totp
from idp.domain.users.queries import get_user
from tests.faults.nodes import Node, deployment
from tests.faults.seeding import PASSWORD, Code, inside, make_person, make_public_client, rows
from tests.faults.visitor import Visitor, parameters_of, path_of
from tests.faults.volley import ask, connections, volley
from tests.support.second_factors import code_of

AT_ONCE = 8


def at_the_second_factor(visitor: Visitor, nodes: list[Node], client_id: str, email: str) -> str:
    """Up to the page that asks for a code, each step at another node; its path."""
    page = visitor.get(nodes[1], path_of(visitor.authorize(nodes[0], client_id)))
    done = visitor.submit(nodes[0], page, username=email, password=PASSWORD)
    return path_of(visitor.get(nodes[1], path_of(done)))


def test_a_login_of_two_steps_may_be_at_two_nodes_and_its_code_is_good_once(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        with inside(nodes[0].house):
            person, client_id = make_person(has_password=True), make_public_client()
            seed = begin_totp(get_user(person.id), "a browser").secret
            assert confirm_totp(person.id, "a browser", code_of(seed, -1))
        visitors = [Visitor() for _ in range(AT_ONCE)]
        pages = []
        for number, visitor in enumerate(visitors):
            path = at_the_second_factor(visitor, nodes, client_id, person.email)
            pages.append(visitor.get(nodes[number % 2], path))
        # The step after this one is taken whenever these arrive, and was not used by the set-up
        code = code_of(seed, 1)
        requests = [visitor.raw_submission(page, code=code) for visitor, page in zip(visitors, pages, strict=True)]
        ports = [nodes[number % 2].port for number in range(AT_ONCE)]
        with connections(ports) as opened:
            answers = volley(opened, requests)
        assert Counter(answer.status for answer in answers)[303] == 1, [answer.status for answer in answers]
        assert rows(nodes[0].house, "SELECT count(*) FROM events WHERE name = 'login.succeeded'") == [(1,)]


def test_a_recovery_code_opens_at_one_of_two_nodes(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        with inside(nodes[0].house):
            person, client_id = make_person(has_password=True), make_public_client()
            seed = begin_totp(get_user(person.id), "a browser").secret
            assert confirm_totp(person.id, "a browser", code_of(seed, -1))
            code = renew_recovery_codes(person.id)[0]
        first, second = Visitor(), Visitor()
        for visitor, node in ((first, nodes[0]), (second, nodes[1])):
            path = at_the_second_factor(visitor, nodes, client_id, person.email)
            page = visitor.get(node, path.replace("/u/totp", "/u/recovery-code"))
            done = visitor.submit(node, page, code=code)
            if visitor is first:
                answer = parameters_of(visitor.get(nodes[1], path_of(done)))
                assert "id_token" in ask(nodes[0].port, Code(client_id, answer["code"]).redemption()).json
            else:
                assert done.status_code == 422
