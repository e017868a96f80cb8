"""One gate: who is served, who is signed in and where a login begins is each decided in one place."""

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.architecture.budgets import ROOT

Use = Callable[[ast.AST], bool]


def calls(name: str) -> Use:
    """Whether a node calls a function of this name."""

    def is_one(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        called = node.func
        return (isinstance(called, ast.Name) and called.id == name) or (
            isinstance(called, ast.Attribute) and called.attr == name
        )

    return is_one


def decides_on(column: str) -> Use:
    """Whether a node compares a column, asks whether it is there, or whether it is true."""

    def is_it(node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == column

    def is_one(node: ast.AST) -> bool:
        if isinstance(node, ast.Compare):
            return any(map(is_it, [node.left, *node.comparators]))
        if isinstance(node, ast.Attribute):
            return node.attr in {"is_", "is_not", "isnot"} and is_it(node.value)
        if isinstance(node, ast.UnaryOp):
            return is_it(node.operand)
        if isinstance(node, ast.BoolOp):
            return any(map(is_it, node.values))
        return isinstance(node, ast.If | ast.IfExp | ast.While) and is_it(node.test)

    return is_one


def places(use: Use) -> Iterator[str]:
    """The modules that do it."""
    for file in sorted((ROOT / "idp").rglob("*.py")):
        if any(use(node) for node in ast.walk(ast.parse(file.read_text()))):
            yield str(file.relative_to(ROOT / "idp"))


@pytest.mark.parametrize(
    ("use", "allowed"),
    [
        # The first administrator makes the account and is in; everybody else goes through the gate
        pytest.param(calls("sign_in"), ["admin/setup.py", "login/entering.py"], id="signs somebody in"),
        pytest.param(calls("begin_session"), ["web/sessions.py"], id="begins a session"),
        pytest.param(calls("begin_pending"), ["login/entering.py"], id="lets a login wait for its second factor"),
        pytest.param(calls("claim_pending"), ["login/entering.py"], id="turns it into a login"),
        pytest.param(calls("begin_grant"), ["oauth/authorization/answer.py"], id="gives an app a grant of a person"),
    ],
)
def test_only_one_place_does_it(use: Use, allowed: list[str]):
    assert list(places(use)) == allowed


def test_nothing_but_the_standing_decides_on_who_is_blocked():
    found = set(places(decides_on("blocked_at")))
    # What lists people says who is blocked; who is the last administrator counts those who can sign in; the sweep keeps
    # who is blocked, so that nobody makes that account anew
    assert found <= {"cli/users.py", "domain/lifecycle/deletion.py", "domain/lifecycle/sweeping.py"}


@pytest.mark.parametrize(
    ("source", "is_a_decision"),
    [
        ("if user.blocked_at is not None: pass", True),
        ("x = row.blocked_at is None", True),
        ("if user.blocked_at: pass", True),
        ("x = not user.blocked_at", True),
        ("x = 1 if user.blocked_at else 2", True),
        ("q.where(User.blocked_at.is_(None))", True),
        ("x = ~User.blocked_at", True),
        ("x = user.is_admin and user.blocked_at", True),
        ("standing_of(exists=True, blocked_at=user.blocked_at)", False),
        ("ok = not standing_of(exists=True, blocked_at=user.blocked_at).is_good", False),
        ("user.blocked_at = None", False),
        ("select(User.id, User.blocked_at)", False),
    ],
)
def test_what_counts_as_a_decision(source: str, is_a_decision: bool):
    assert any(map(decides_on("blocked_at"), ast.walk(ast.parse(source)))) == is_a_decision


@pytest.mark.parametrize("source", ["sign_in(user)", "sessions.sign_in(user, amr)"])
def test_what_counts_as_a_call(source: str):
    assert any(map(calls("sign_in"), ast.walk(ast.parse(source))))
    assert not any(map(calls("sign_in"), ast.walk(ast.parse("def sign_in(): pass"))))
