"""Code on the page of a new app that README does not show, run as it stands: native apps, other algorithms."""

import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest
import requests
from flask import Flask, render_template

from idp.admin.pages import AppCreatedPage
from idp.web import pages
from tests.readme.conftest import running
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.visitor import Visitor

ALGS = ("RS256", "PS256", "ES256", "EdDSA")
SECONDS = 60


@pytest.fixture
def page(server: ServerProcess) -> AppCreatedPage:
    return AppCreatedPage(
        name="Notes", kind="native", issuer=server.issuer, client_id="", audience="https://api.example.com", home_url=""
    )


def code(name: str, page: AppCreatedPage) -> str:
    """A snippet as the page has it."""
    app = Flask("pages", static_folder=None)
    pages.install(app)
    with app.test_request_context():
        return render_template(f"admin/snippets/{name}.txt", page=page)


def registered(server: ServerProcess, page: AppCreatedPage, callback: str) -> AppCreatedPage:
    printed = server.idp("clients", "create", "--name", "Notes", "--kind", "native", "--callback", callback)
    return replace(page, client_id=printed["client_id"], callback=callback)


def environment(server: ServerProcess, folder: Path) -> dict[str, str]:
    """A browser that notes which address it was to open, and a home to keep things in."""
    (folder / "browser").write_text(f'#!/bin/sh\nprintf %s "$1" > {folder}/part && mv {folder}/part {folder}/opened\n')
    (folder / "browser").chmod(0o755)
    return {**server.environment, "BROWSER": f"{folder}/browser %s", "HOME": str(folder), "PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_native_app_on_a_port_of_this_machine(
    server: ServerProcess, page: AppCreatedPage, visitor: Visitor, tmp_path: Path, host: str
):
    page = registered(server, page, f"http://{host}:{free_port()}/signed-in")
    (tmp_path / "native.py").write_text(code("native", page))
    with Popen([sys.executable, "native.py"], cwd=tmp_path, env=environment(server, tmp_path), stdout=PIPE) as program:
        try:
            wait_for(tmp_path / "opened", program)
            visitor.open((tmp_path / "opened").read_text())
            assert "You are signed in" in visitor.sign_in().text
            printed, _ = program.communicate(timeout=SECONDS)
        finally:
            program.kill()
    assert b"refresh_token" in printed


def test_a_native_app_that_is_handed_its_answer_by_the_system(
    server: ServerProcess, page: AppCreatedPage, visitor: Visitor, tmp_path: Path
):
    page = registered(server, page, "com.example.notes:/signed-in")
    (tmp_path / "native.py").write_text(code("native_scheme", page))
    start = [sys.executable, "native.py"]
    run(start, cwd=tmp_path, env=environment(server, tmp_path), check=True, timeout=SECONDS)
    visitor.open((tmp_path / "opened").read_text())
    with pytest.raises(requests.exceptions.InvalidSchema, match=r"com\.example\.notes:/signed-in") as handed_over:
        visitor.sign_in()
    answer = re.findall(r"com\.example\.notes:[^']+", str(handed_over.value))[0]
    done = run([*start, answer], cwd=tmp_path, env=environment(server, tmp_path), capture_output=True, check=True)
    assert b"refresh_token" in done.stdout
    assert list(tmp_path.glob(".*.json")) == []


def wait_for(file: Path, program: Popen[bytes]) -> None:
    """The browser was told where to go."""
    deadline = time.monotonic() + SECONDS
    while not file.exists():
        assert program.poll() is None, program.returncode
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("alg", ALGS)
def test_an_api_with_an_algorithm_of_its_own(server: ServerProcess, page: AppCreatedPage, tmp_path: Path, alg: str):
    page = replace(page, audience=f"https://{alg}.example.com", signing_alg=alg)
    server.idp("apis", "create", "--name", alg, "--audience", page.audience, "--signing-alg", alg, "--scope", "read")
    machine = server.idp("clients", "create", "--name", "Nightly", "--kind", "machine")
    server.idp("grants", "create", "--client", machine["client_id"], "--audience", page.audience, "--scope", "read")
    sent = {"grant_type": "client_credentials", "audience": page.audience, **machine}
    token = requests.post(server.url("/oauth/token"), sent, timeout=SECONDS).json()["access_token"]
    (tmp_path / "api.py").write_text(code("fastapi", page))
    port = free_port()
    serve = [sys.executable, "-m", "uvicorn", "api:app", "--port", str(port)]
    with running(serve, tmp_path, f"http://localhost:{port}/"):
        answer = requests.get(
            f"http://localhost:{port}/", headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS
        )
    assert answer.json() == {"you_are": machine["client_id"], "scope": ["read"]}
