"""The bench works: its pieces measure something true. How fast anything is, is not a test's business."""

from collections.abc import Iterator

import pytest

from tests.bench import equal_answers, inprocess, load, prepare, report, rows, servers
from tests.bench.bars import RAW_RS256, Found, Pair, bars
from tests.bench.load import LoadError, Measure
from tests.bench.rows import Window

WINDOW = Window(0.05)


@pytest.fixture(scope="module")
def target() -> Iterator[tuple[prepare.World, servers.Running, Window]]:
    with servers.folder("test") as folder:
        settings = servers.idp_settings(folder, None, 1)
        with servers.idp(settings) as server:
            yield prepare.create(settings), server, WINDOW


@pytest.mark.parametrize("row", rows.ROWS, ids=lambda row: row.name)
def test_every_row_is_answered_as_it_expects(target, row):
    measure = load.run(row.job(*target))

    assert measure.count > 0
    assert measure.p50 <= measure.p95 <= measure.p99


def test_an_unexpected_status_fails_loudly_and_shows_the_answer(target):
    world, server, window = target
    job = rows.job(server, window, [rows.code_request(world, "ac1_" + "x" * 43)])

    with pytest.raises(LoadError, match="invalid_grant"):
        load.run(job)


def test_the_server_s_processes_and_their_memory_are_found(target):
    _, server, _ = target

    assert len(server.pids) == 2
    assert all(size > 1_000_000 for size in server.memory())


def test_statements_of_a_token_request_are_counted(tmp_path):
    found = inprocess.statements(tmp_path)

    assert found["refresh"][0].startswith("UPDATE refresh_tokens")
    assert any(statement.startswith("INSERT INTO refresh_tokens") for statement in found["code → tokens"])


def test_answers_to_each_class_are_compared_with_those_to_the_unknown(tmp_path):
    found = equal_answers.measure(tmp_path, tries=1)

    asked = [(question.name, name) for question in equal_answers.QUESTIONS for name in equal_answers.CLASSES]
    assert [(each.question, each.name) for each in found] == asked
    assert all(each.difference == 0 for each in found if each.name == equal_answers.UNKNOWN)
    assert all(each.seconds > 0 for each in found)


def test_a_bar_compares_a_row_with_what_stood_around_it():
    def measure(rate: float, cpu: float) -> Measure:
        return Measure(count=100, seconds=100 / rate, cpu_seconds=cpu * 100, p50=0.1, p95=0.2, p99=0.3, statuses={})

    found = Found()
    around = (measure(900, 0.0002), measure(1100, 0.0004))
    found.pairs[("discovery", rows.BARE)] = [Pair(measure(590, 0.001), around)]
    found.pairs[(rows.CLIENT_CREDENTIALS, RAW_RS256)] = [Pair(measure(1, 0.0005), around)]

    verdicts = {bar.what: (bar.measured, bar.is_met) for bar in bars(found)}

    assert verdicts == {
        "discovery ÷ bare Flask": ("59%", False),
        "client_credentials RS256: signing's share of its CPU": ("60%", True),
    }


def test_the_table_has_a_line_for_each_row_that_was_measured():
    found = Found()
    values = {"count": 10, "seconds": 1.0, "cpu_seconds": 0.01, "p95": 0.0, "statuses": {}}
    found.add(("SQLite", 2, "refresh"), Measure(p50=0.002, p99=0.003, **values))

    line = report.table(found).splitlines()[-1].split()

    assert line == ["refresh", "10", "1,000", "2.00", "3.00"]
