import ast
import textwrap
from pathlib import Path

import pytest

from tests.architecture.budgets import ROOT, breaches, nesting


def test_the_tree_keeps_its_budgets():
    assert list(breaches(ROOT)) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "dev").write_text("")
    (tmp_path / "idp").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "source", "breach"),
    [
        ("long.py", "\n" * 401, "401 lines"),
        ("utils.py", "", "says nothing"),
        ("manager.py", "", "says nothing"),
        ("a.py", "def f():\n" + "    x = 1\n" * 41, "42 lines"),
        ("a.py", "def f():\n    from idp.infra import clock\n", "imports a module"),
        ("a.py", "def f():\n    from . import clock\n", "imports a module"),
        ("a.py", "def f():\n    import idp.config\n", "imports a module"),
        ("a.py", "def f():\n if 1:\n  for x in y:\n   while 1:\n    with z: pass\n", "nests 4 deep"),
    ],
)
def test_each_breach_is_named(tree: Path, name: str, source: str, breach: str):
    (tree / "idp" / name).write_text(source)
    [found] = breaches(tree)
    assert found.startswith(f"idp/{name}:")
    assert breach in found


def test_what_is_within_the_budget_passes(tree: Path):
    (tree / "idp" / "users.py").write_text("import idp.config\n\ndef f():\n    import json\n" + "    x = 1\n" * 38)
    assert list(breaches(tree)) == []


@pytest.mark.parametrize(
    ("source", "depth"),
    [
        ("x = 1", 0),
        ("if a: pass\nelif b: pass\nelif c: pass\nelse: pass", 1),
        ("if a: pass\nelse:\n if b: pass\n x = 1", 2),
        ("try: pass\nexcept E:\n with b: pass", 2),
        ("match a:\n case 1:\n  if b: pass", 2),
        ("def inner():\n if a: pass", 0),
    ],
)
def test_nesting_counts_blocks(source: str, depth: int):
    assert nesting(ast.parse(textwrap.dedent(source)).body) == depth
