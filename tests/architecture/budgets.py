"""What no linter here counts: file and function length, nesting, module names, imports inside functions.

`python -m tests.architecture.budgets` prints each breach; test_budgets.py runs the same. Arguments (5) and complexity
(10) are ruff's: PLR0913 and C901.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES = 400
FUNCTION_LINES = 40
NESTING = 3
# Names that say nothing of what is inside, so anything ends up there.
BANNED_NAMES = {"util", "helper", "common", "misc", "manager", "service"}
FIRST_PARTY = {"idp", "tests"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def breaches(root: Path = ROOT) -> Iterator[str]:
    """One line for each breach in the tree, as `path:line: what`."""
    for path in sorted(files(root)):
        place = path.relative_to(root)
        text = path.read_text()
        for line, what in file_breaches(path, text):
            yield f"{place}:{line}: {what}"


def files(root: Path) -> Iterator[Path]:
    """Python and templates; a stylesheet and a migration are lists and may be long."""
    yield root / "dev"
    for folder in ("idp", "templates", "tests"):
        for path in (root / folder).rglob("*"):
            if path.suffix in {".py", ".html", ".txt", ".js"} and "node_modules" not in path.parts:
                yield path


def file_breaches(path: Path, text: str) -> Iterator[tuple[int, str]]:
    if (lines := text.count("\n")) > FILE_LINES:
        yield 1, f"{lines} lines; a file has at most {FILE_LINES}"
    if path.stem.rstrip("s") in BANNED_NAMES or path.parent.name.rstrip("s") in BANNED_NAMES:
        yield 1, "this name says nothing of what is inside"
    if path.suffix == ".py" or path.name == "dev":
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, Function):
                yield from function_breaches(function)


def function_breaches(function: Function) -> Iterator[tuple[int, str]]:
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    if length > FUNCTION_LINES:
        yield function.lineno, f"{function.name} has {length} lines; a function has at most {FUNCTION_LINES}"
    if (depth := nesting(function.body)) > NESTING:
        yield function.lineno, f"{function.name} nests {depth} deep; at most {NESTING}"
    for node in ast.walk(function):
        if isinstance(node, ast.Import | ast.ImportFrom) and is_first_party(node):
            yield node.lineno, f"{function.name} imports a module of this project; imports stand at the top"


def is_first_party(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or (node.module or "").split(".")[0] in FIRST_PARTY
    return any(alias.name.split(".")[0] in FIRST_PARTY for alias in node.names)


def nesting(statements: list[ast.stmt]) -> int:
    """How many blocks stand inside one another; `elif` is no deeper than its `if`, a nested function starts anew."""
    return max((1 + max(map(nesting, bodies(s))) for s in statements if isinstance(s, BLOCKS)), default=0)


def bodies(block: ast.stmt) -> list[list[ast.stmt]]:
    """The statement lists inside a block, an `elif` chain flattened."""
    match block:
        case ast.If(orelse=[ast.If() as elif_]):
            return [block.body, *bodies(elif_)]
        case ast.Match():
            return [case.body for case in block.cases]
        case ast.Try() | ast.TryStar():
            return [block.body, block.orelse, block.finalbody, *(handler.body for handler in block.handlers)]
    return [getattr(block, "body", []), getattr(block, "orelse", [])]


if __name__ == "__main__":
    found = list(breaches())
    print("\n".join(found))
    sys.exit(bool(found))
