"""Which test shows which requirement: `@pytest.mark.spec("RFC 6749", "4.1.2", "a code is used once")`.

`--matrix` (./dev test --matrix) runs only the tests so marked and prints specification × section × requirement × test
× status; with --collect-only it prints the same without running. The marks travel in `user_properties`, so that
reports from xdist's workers carry them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pytest


class Requirement(NamedTuple):
    spec: str
    section: str
    text: str


class Matrix:
    """Collects a status for each requirement and test, and prints the table at the end."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Requirement, str], str] = {}

    def add(self, nodeid: str, properties: Iterable[tuple[str, object]], status: str) -> None:
        for name, value in properties:
            if name == "spec":
                self.rows[Requirement(*map(str, value)), nodeid] = status  # type: ignore[call-overload]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.add(item.nodeid, item.user_properties, "not run")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.add(report.nodeid, report.user_properties, report.outcome)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("specification matrix")
        for line in self.lines():
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """A Markdown table, in the order of specification and section; a test with parameters is one row."""
        head = ("Specification", "Section", "Requirement", "Test", "Status")
        proofs: dict[tuple[Requirement, str], Counter[str]] = defaultdict(Counter)
        for (requirement, test), status in self.rows.items():
            proofs[requirement, test.partition("[")[0]][status] += 1
        body = [(*requirement, test, _counted(statuses)) for (requirement, test), statuses in proofs.items()]
        body.sort(key=lambda row: (row[0], [int(part) for part in re.findall(r"\d+", row[1])], row[1:]))
        widths = [max(len(row[column]) for row in (head, *body)) for column in range(len(head))]
        table = [head, tuple("-" * width for width in widths), *body]
        lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in table]
        return [*lines, "", f"{len({row[:3] for row in body})} requirements, {len(self.rows)} proofs"]


def _counted(statuses: "Counter[str]") -> str:
    return ", ".join(f"{count} {status}" if count > 1 else status for status, count in sorted(statuses.items()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="run the tests marked with `spec`; print what they show")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spec(specification, section, requirement): what this test shows")
    if config.getoption("matrix") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Matrix(), "spec-matrix")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties += [("spec", _requirement(item, mark)) for mark in item.iter_markers("spec")]
    if config.getoption("matrix"):
        others = [item for item in items if not item.get_closest_marker("spec")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.get_closest_marker("spec")]


def _requirement(item: pytest.Item, mark: pytest.Mark) -> list[str]:
    if len(mark.args) != len(Requirement._fields) or not all(isinstance(value, str) for value in mark.args):
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.spec takes specification, section and requirement")
    return list(mark.args)
