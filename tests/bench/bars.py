"""The numbers to reach. Most are ratios: two things measured one right after the other, so that a busy or slow machine
does not decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.equal_answers import UNKNOWN, Difference
from tests.bench.load import Measure
from tests.bench.rows import BARE, CLIENT_CREDENTIALS, NODE

RAW_RS256 = "raw signing RS256"
RAW_ES256 = "raw signing ES256"
ARGON2 = "argon2id"


@dataclass
class Pair:
    """A row and what it is compared with, measured before and after it."""

    row: Measure
    around: tuple[Measure, Measure]

    @property
    def rate_ratio(self) -> float:
        """The row's rate, as a multiple of the other's."""
        return self.row.rate / ((self.around[0].rate + self.around[1].rate) / 2)

    @property
    def cpu_share(self) -> float:
        """How much of the row's CPU the other would take alone."""
        return (self.around[0].cpu + self.around[1].cpu) / 2 / self.row.cpu


@dataclass
class Found:
    """Everything that was measured. Rows are known by database, workers and name."""

    rows: dict[tuple[str, int, str], list[Measure]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], list[Pair]] = field(default_factory=dict)
    statements: dict[str, list[str]] = field(default_factory=dict)
    busy_tokens: Measure | None = None
    busy_logins: Measure | None = None
    start_seconds: float | None = None
    memory: list[int] = field(default_factory=list)
    refused: list[Difference] = field(default_factory=list)

    def add(self, key: tuple[str, int, str], measure: Measure) -> None:
        self.rows.setdefault(key, []).append(measure)


@dataclass(frozen=True)
class Bar:
    """One number to reach."""

    what: str
    measured: str
    bar: str
    is_met: bool


def bars(found: Found) -> list[Bar]:
    """Those that were measured."""
    return [*_ratios(found), *_costs(found), *_whole(found)]


def _ratios(found: Found) -> list[Bar]:
    lines = []
    if pairs := found.pairs.get((CLIENT_CREDENTIALS, NODE)):
        ratio = median(pair.rate_ratio for pair in pairs)
        lines.append(Bar(f"{CLIENT_CREDENTIALS} ÷ {NODE}", f"{ratio:.2f} ×", "≥ 1.5 ×", ratio >= 1.5))
    shares = (
        (CLIENT_CREDENTIALS, RAW_RS256, "signing's share of its CPU", 0.55),
        ("password login", ARGON2, "argon2id's share of its CPU", 0.80),
    )
    for row, other, what, bar in shares:
        if pairs := found.pairs.get((row, other)):
            share = median(pair.cpu_share for pair in pairs)
            lines.append(Bar(f"{row}: {what}", f"{share:.0%}", f"≥ {bar:.0%}", share >= bar))
    for row in ("discovery", "JWKS"):
        if pairs := found.pairs.get((row, BARE)):
            ratio = median(pair.rate_ratio for pair in pairs)
            lines.append(Bar(f"{row} ÷ {BARE}", f"{ratio:.0%}", "≥ 60%", ratio >= 0.60))
    return lines


def _costs(found: Found) -> list[Bar]:
    lines = []
    for row in ("code → tokens", "refresh"):
        if measures := found.rows.get(("SQLite", 1, row)):
            cost = 1000 * median(measure.cpu for measure in measures)
            lines.append(Bar(f"{row}: CPU on SQLite", f"{cost:.2f} ms", "≤ 2.5 ms", cost <= 2.5))
        if seen := found.statements.get(row):
            lines.append(Bar(f"{row}: statements", str(len(seen)), "≤ 4", len(seen) <= 4))
    return lines


def _whole(found: Found) -> list[Bar]:
    lines = []
    if found.busy_tokens and found.busy_logins:
        p95 = 1000 * found.busy_tokens.p95
        what = f"/oauth/token p95 while 200 logins/s are offered ({_served(found.busy_logins)})"
        lines.append(Bar(what, f"{p95:.0f} ms", "≤ 100 ms", p95 <= 100))
    if found.start_seconds is not None:
        seconds = found.start_seconds
        lines.append(Bar("./dev run to ready, warm", f"{seconds:.1f} s", "≤ 3 s", seconds <= 3))
    if found.memory:
        total = sum(found.memory) / 2**20
        parts = " + ".join(f"{each / 2**20:.0f}" for each in found.memory)
        lines.append(Bar(f"memory with one worker (PSS: {parts})", f"{total:.0f} MB", "≤ 150 MB", total <= 150))
    for each in found.refused:
        if each.name == UNKNOWN:
            continue
        what = f"{each.question}: {each.name} against {UNKNOWN} ({1e3 * each.seconds:.1f} ms of CPU)"
        lines.append(Bar(what, f"{1e3 * each.difference:+.2f} ms", "3 ms, 5%", each.is_met))
    return lines


def _served(logins: Measure) -> str:
    served, all_ = logins.statuses.get("303", 0), sum(logins.statuses.values())
    return f"{served / all_ * logins.rate:.0f}/s served, the rest asked to come back"


def middle(measures: Sequence[Measure]) -> tuple[float, float, float, float]:
    """Requests a second, CPU µs a request, p50 ms, p99 ms: each the median of its windows."""
    return (
        median(each.rate for each in measures),
        median(each.cpu * 1e6 for each in measures),
        median(each.p50 * 1e3 for each in measures),
        median(each.p99 * 1e3 for each in measures),
    )
