"""`./dev bench [--quick] [--seconds S] [--only ROW]…`: measure, print the table, say which bars are met."""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from idp.infra import logging
from tests.bench import equal_answers, inprocess, load, prepare, report, rows, servers
from tests.bench.bars import ARGON2, RAW_ES256, RAW_RS256, Found, Pair
from tests.bench.load import Measure
from tests.bench.prepare import World
from tests.bench.rows import BARE, CLIENT_CREDENTIALS, NODE, Row, Window
from tests.bench.servers import Running

SIGNING_SECONDS = 0.2
LOGINS_OFFERED = 200.0
TOKENS_OFFERED = 40.0

Companion = Callable[[], Measure]


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    seconds: float
    rounds: int
    rows: tuple[Row, ...]
    is_whole: bool


def main() -> None:
    logging.configure("console", "error")
    plan = choose(sys.argv[1:])
    print(report.machine())
    print(
        f"{rows.CONNECTIONS} kept-alive connections, each asking again at once; medians of {plan.rounds} windows of "
        f"{plan.seconds:g} s. CPU is that of the server's own processes.\n",
        flush=True,
    )
    began = time.monotonic()
    found = Found()
    measure_all(plan, found)
    print(report.table(found))
    print(f"\n{report.verdicts(found)}\n\nTook {time.monotonic() - began:.0f} s.")


def choose(arguments: list[str]) -> Plan:
    names = [row.name for row in rows.ROWS]
    parser = argparse.ArgumentParser(prog="./dev bench", description=f"Rows: {', '.join(names)}.")
    parser.add_argument("--quick", action="store_true", help="one short window of each row, PostgreSQL with one worker")
    parser.add_argument("--seconds", type=float, help="length of a window (default: 0.6, or 0.25 with --quick)")
    parser.add_argument("--only", action="append", metavar="ROW", help="rows whose name contains this; may be repeated")
    options = parser.parse_args(arguments)
    chosen = tuple(row for row in rows.ROWS if not options.only or any(part in row.name for part in options.only))
    if not chosen:
        parser.error(f"--only: no such row. There are: {', '.join(names)}")
    seconds = options.seconds or (0.25 if options.quick else 0.6)
    return Plan(seconds, 1 if options.quick else 3, chosen, is_whole=not options.only)


def measure_all(plan: Plan, found: Found) -> None:
    with ExitStack() as stack:
        postgres = stack.enter_context(servers.postgres())
        places = [Place("SQLite", workers, None) for workers in report.WORKERS]
        if postgres is not None:
            places += [Place("PostgreSQL", workers, postgres.new_database()) for workers in report.WORKERS]
        for place in places if plan.rounds > 1 else places[:3]:
            with say(f"{place.database}, {place.workers} worker(s)"):
                measure_server(plan, found, place)
    if plan.is_whole:
        with say("equal answers"), servers.folder("refused") as folder:
            found.refused = equal_answers.measure(folder, 40 if plan.rounds == 1 else equal_answers.TRIES)
    with say("statements, start"), servers.folder("start") as folder:
        found.statements = inprocess.statements(folder)
        if plan.is_whole:
            found.start_seconds = start_seconds()


@dataclass(frozen=True)
class Place:
    """A server to measure."""

    database: str
    workers: int
    url: str | None


def measure_server(plan: Plan, found: Found, place: Place) -> None:
    """Every row against one server, round by round, so that what disturbs the machine disturbs all rows alike."""
    window = Window(plan.seconds, place.workers)
    is_first = place.database == "SQLite"
    with ExitStack() as stack:
        folder = stack.enter_context(servers.folder("idp"))
        settings = servers.idp_settings(folder, place.url, place.workers)
        server = stack.enter_context(servers.idp(settings))
        world = prepare.create(settings)
        companions = stack.enter_context(start_companions(found, window)) if is_first else {}
        for _ in range(plan.rounds):
            for row in plan.rows:
                around = companions.get(row.name, {}) if place.workers == 1 or row.name == "discovery" else {}
                measure_row(found, (place.database, place.workers, row), (world, server, window), around)
        if is_first and plan.is_whole:
            measure_whole(found, (world, server, window))


def measure_row(
    found: Found,
    key: tuple[str, int, Row],
    target: tuple[World, Running, Window],
    around: dict[str, Companion],
) -> None:
    """One window, between two of each thing it is compared with."""
    database, workers, row = key
    job = row.job(*target)
    before = {name: companion() for name, companion in around.items()}
    measure = load.run(job)
    found.add((database, workers, row.name), measure)
    for name, companion in around.items():
        found.pairs.setdefault((row.name, name), []).append(Pair(measure, (before[name], companion())))


@contextmanager
def start_companions(found: Found, window: Window) -> Iterator[dict[str, dict[str, Companion]]]:
    """What rows are compared with: row → its companions. Each measure counts as a row of its own too."""

    def noted(name: str, measure: Callable[[], Measure]) -> Companion:
        def run() -> Measure:
            result = measure()
            found.add((report.NOWHERE, window.workers, name), result)
            return result

        return run

    with servers.bare_flask(window.workers) as bare, servers.node_provider() as node:
        flask = {BARE: noted(BARE, lambda: load.run(rows.bare_job(bare, window)))}
        tokens = {RAW_RS256: noted(RAW_RS256, lambda: inprocess.signing("RS256", SIGNING_SECONDS))}
        if node is not None:
            tokens[NODE] = noted(NODE, lambda: load.run(rows.node_job(node, window)))
        yield {
            "discovery": flask,
            "JWKS": flask,
            CLIENT_CREDENTIALS: tokens,
            "client_credentials ES256": {RAW_ES256: noted(RAW_ES256, lambda: inprocess.signing("ES256", 0.1))},
            "password login": {ARGON2: lambda: inprocess.password_check(SIGNING_SECONDS)},
        }


def measure_whole(found: Found, target: tuple[World, Running, Window]) -> None:
    """What is no row: memory after all that work, and tokens while everybody signs in."""
    world, server, window = target
    if window.workers == 1:
        found.memory = server.memory()
        return
    found.busy_tokens, found.busy_logins = tokens_while_logins(world, server, max(1.0, 4 * window.seconds))


def tokens_while_logins(world: World, server: Running, seconds: float) -> tuple[Measure, Measure]:
    """Requests come when they are due, as from many people, not when there is time for them."""
    window = Window(seconds, 2)
    logins = rows.password_login(world, server, window)
    logins.expected, logins.rate, logins.warm_up = [303, 503], LOGINS_OFFERED, 0.7
    tokens = rows.client_credentials_rs256(world, server, window)
    tokens.rate, tokens.warm_up, tokens.pids = TOKENS_OFFERED, 0.7, []
    results: list[Measure] = []
    thread = threading.Thread(target=lambda: results.append(load.run(logins)))
    thread.start()
    found = load.run(tokens)
    thread.join()
    return found, results[0]


def start_seconds() -> float:
    """From `./dev run` to the first good answer of /readyz, in a folder where it ran before."""
    with servers.folder("run") as folder:
        with servers.dev_run(folder):
            pass
        with servers.dev_run(folder) as server:
            return server.ready_after


@contextmanager
def say(what: str) -> Iterator[None]:
    """Progress, where somebody watches."""
    began = time.monotonic()
    yield
    if sys.stderr.isatty():
        print(f"  {what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
