"""What the tests stand on: `needs`, `spec` with its matrix, and ./dev itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.budgets import ROOT

SAMPLE = """
import pytest

@pytest.mark.spec("RFC 6749", "10.12", "state is echoed")
@pytest.mark.spec("RFC 6749", "4.1.2", "a code is used once")
def test_two_things():
    pass

@pytest.mark.spec("RFC 6749", "4.1.3", "redirect_uri must match")
def test_that_fails():
    assert False

@pytest.mark.needs("redis")
def test_that_needs_a_part():
    pass
"""


@pytest.fixture
def run_sample(tmp_path: Path):
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    plugins = ["-p", "tests.support.needs", "-p", "tests.support.spec_matrix", "-p", "no:cacheprovider"]

    def run(*options: str) -> str:
        command = [sys.executable, "-m", "pytest", "-rs", *plugins, *options, f"--rootdir={tmp_path}", str(tmp_path)]
        bare = {"PATH": "/nowhere", "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False).stdout

    return run


def test_what_a_machine_lacks_is_skipped_with_a_line_that_names_it(run_sample):
    output = run_sample()
    assert "needs redis: no redis-server on PATH; apt-get install redis-server" in output
    assert "1 failed, 1 passed, 1 skipped" in output


def test_require_all_makes_it_a_failure(run_sample):
    assert "1 failed, 1 passed, 1 error" in run_sample("--require-all")


@pytest.mark.parametrize("distribution", [["-n0"], ["-n2"]])
def test_the_matrix_has_a_row_for_each_requirement_in_order_of_section(run_sample, distribution: list[str]):
    output = run_sample("--matrix", *distribution)
    rows = [line.split("|") for line in output.splitlines() if line.startswith("| RFC 6749")]
    assert [(row[2].strip(), row[5].strip()) for row in rows] == [
        ("4.1.2", "passed"),
        ("4.1.3", "failed"),
        ("10.12", "passed"),
    ]


def test_the_matrix_lists_without_running(run_sample):
    output = run_sample("--matrix", "--collect-only")
    assert output.count("not run") == 3
    assert "3 requirements, 3 proofs" in output


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, check=False, env=os.environ)


def test_dev_alone_names_its_commands():
    done = run_dev()
    assert done.returncode == 0
    assert all(f"\n  {command} " in done.stdout for command in ("run", "idp", "test", "check", "bench"))


def test_dev_refuses_a_command_it_does_not_have():
    done = run_dev("tets")
    assert done.returncode == 1
    assert "no command 'tets'" in done.stderr
