"""Two nodes behind a balancer that knows nothing: what one does holds on the other, at once."""

import base64
import json
import time
from pathlib import Path

from tests.faults.nodes import Node, deployment, eventually
from tests.faults.seeding import Code, inside, make_person, make_public_client
from tests.faults.visitor import Visitor, parameters_of
from tests.faults.volley import Answer, ask, form, get
from tests.support.protocol import ASSERTION
from tests.support.relying_party import RSA, client_assertion

AUDIENCE = "https://api.example.com/"


def test_every_step_of_a_login_may_be_at_another_node(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        with inside(nodes[0].house):
            person, client_id = make_person(has_password=True), make_public_client()
        visitor = Visitor()
        code = Code(client_id, visitor.sign_in(nodes, client_id, person.email))
        tokens = ask(nodes[1].port, code.redemption()).json
        for node in nodes:
            assert "code" in parameters_of(visitor.authorize(node, client_id, prompt="none"))
            assert asked_who(node, tokens["access_token"]) == 200

        # Signing out at one is signing out at the other
        assert visitor.get(nodes[0], f"/oidc/logout?id_token_hint={tokens['id_token']}").status_code == 200
        silent = parameters_of(visitor.authorize(nodes[1], client_id, prompt="none"))
        assert silent["error"] == "login_required"
        assert asked_who(nodes[1], tokens["access_token"]) == 401


def asked_who(node: Node, access_token: str) -> int:
    return ask(node.port, get("/userinfo", Authorization=f"Bearer {access_token}")).status


def test_what_the_command_line_changes_holds_on_both_at_once(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        api = ("--name", "API", "--audience", AUDIENCE, "--scope", "read")
        nodes[0].idp("apis", "create", *api)
        made = nodes[0].idp("clients", "create", "--name", "Machine", "--kind", "machine")
        client_id, first = made["client_id"], made["client_secret"]
        nodes[0].idp("grants", "create", "--client", client_id, "--audience", AUDIENCE, "--scope", "read")
        assert [machine_token(node, client_id, first).status for node in nodes] == [200, 200]

        second = nodes[1].idp("clients", "rotate-secret", client_id)["client_secret"]
        assert [machine_token(node, client_id, second).status for node in nodes] == [200, 200]
        assert [machine_token(node, client_id, first).status for node in nodes] == [200, 200], "two while rotating"
        third = nodes[0].idp("clients", "rotate-secret", client_id)["client_secret"]
        assert [machine_token(node, client_id, third).status for node in nodes] == [200, 200]
        for node in nodes:
            eventually(lambda: machine_token(node, client_id, first).status == 401, "the oldest ends")  # noqa: B023

        nodes[0].idp("clients", "delete", client_id)
        for node in nodes:
            eventually(lambda: machine_token(node, client_id, third).status == 401, "the client is gone")  # noqa: B023


def test_a_key_rotated_on_one_is_used_and_published_by_both(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        before = kids(nodes[1])
        waiting = nodes[0].idp("keys", "rotate")["next_kid"]
        for node in nodes:
            eventually(lambda: kids(node) == before | {waiting}, "the next key is published")  # noqa: B023
        nodes[0].idp("keys", "revoke", *before)
        for node in nodes:
            eventually(lambda: kids(node) == {waiting}, "the revoked key is gone")  # noqa: B023


def kids(node: Node) -> set[str]:
    return {key["kid"] for key in ask(node.port, get("/.well-known/jwks.json")).json["keys"]}


def test_a_client_assertion_is_good_once_at_either_and_after_a_restart(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [RSA.as_dict(private=False)]}))
        kept = ("--jwks", str(tmp_path / "jwks.json"))
        made = nodes[0].idp("clients", "create", "--name", "Signs", "--kind", "machine", *kept)
        names = {"aud": nodes[0].settings["issuer"], "exp": int(time.time()) + 300}
        used, fresh = (client_assertion(made["client_id"], RSA, "RS256", **names) for _ in range(2))
        assert proved_by(nodes[0], used)
        assert [proved_by(node, used) for node in nodes] == [False, False]
        for node in nodes:
            node.restart()
        assert [proved_by(node, used) for node in nodes] == [False, False]
        assert proved_by(nodes[1], fresh)
        assert not proved_by(nodes[0], fresh)


def proved_by(node: Node, assertion: str) -> bool:
    """Whether the client is believed; what it asks for is nothing."""
    proof = {"client_assertion": assertion, "client_assertion_type": ASSERTION}
    answer = ask(node.port, form("/oauth/token", grant_type="client_credentials", audience="https://none/", **proof))
    return answer.error[1] != "invalid_client"


def test_a_user_blocked_by_the_command_line_is_out_everywhere(tmp_path: Path, database_url: str) -> None:
    with deployment(tmp_path, database_url) as nodes:
        with inside(nodes[0].house):
            person, client_id = make_person(has_password=True), make_public_client()
        visitor = Visitor()
        tokens = ask(nodes[0].port, Code(client_id, visitor.sign_in(nodes, client_id, person.email)).redemption()).json
        nodes[0].idp("users", "block", person.email)
        assert {asked_who(node, tokens["access_token"]) for node in nodes} == {401}
        silent = parameters_of(visitor.authorize(nodes[1], client_id, prompt="none"))
        assert silent["error"] == "login_required"


def machine_token(node: Node, client_id: str, secret: str) -> Answer:
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    return ask(node.port, form("/oauth/token", headers, grant_type="client_credentials", audience=AUDIENCE))
