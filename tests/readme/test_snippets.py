"""README's five ways to register an app, done: its commands run, and its code as it stands."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, Response, send_from_directory

from tests.journeys.hosting import hosted
from tests.readme.conftest import API, Chapter, register, running
from tests.support.chromium import NewProfile
from tests.support.factories import EMAIL, PASSWORD
from tests.support.npm import Node
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.visitor import Visitor, answered

PAGE = """<!doctype html>
<title>Notes</title>
<script type="importmap">
{"imports": {"oidc-client-ts": "/npm/oidc-client-ts/dist/esm/oidc-client-ts.js",
             "jwt-decode": "/npm/jwt-decode/build/esm/index.js"}}
</script>
<script type="module" src="/main.js"></script>
"""


def test_flask(server: ServerProcess, tmp_path: Path, visitor: Visitor):
    chapter = register(server, "Flask", free_port())
    (tmp_path / "app.py").write_text(chapter.code("python"))
    with running([sys.executable, "app.py"], tmp_path, chapter.app_url):
        sign_in(visitor, chapter)


@pytest.mark.needs("node")
def test_express(server: ServerProcess, tmp_path: Path, visitor: Visitor, node: Node):
    chapter = register(server, "Express", free_port())
    (tmp_path / "node_modules").symlink_to(node.folder / "node_modules")
    (tmp_path / "app.js").write_text(chapter.code("js"))
    with running([str(node.program), "app.js"], tmp_path, chapter.app_url):
        sign_in(visitor, chapter)


@pytest.mark.needs("chromium", "node")
def test_single_page_app(server: ServerProcess, node: Node, new_profile: NewProfile):
    chapter = register(server, "A single-page app", free_port())
    with hosted(page_with(chapter.code("js"), node.folder / "node_modules"), chapter.app_port):
        page = new_profile().new_page()
        page.goto(chapter.app_url)
        page.fill("[name=username]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.click("#login-submit")
        page.wait_for_function("document.body?.textContent.includes('Hello')")
        assert f"Hello {EMAIL}" in (page.text_content("body") or "")
        page.reload()
        page.wait_for_function("document.body?.textContent.includes('Hello')")


def test_machine_and_api(server: ServerProcess, tmp_path: Path):
    machine = register(server, "curl, for a machine", free_port())
    token_call, introspect_call, revoke_call = machine.calls()
    token = call(token_call).json()["access_token"]
    api = Chapter(server, API, free_port(), {})
    (tmp_path / "api.py").write_text(api.code("python"))
    serve = [sys.executable, "-m", "uvicorn", "api:app", "--port", str(api.app_port)]
    with running(serve, tmp_path, api.app_url):
        assert ask(api, token).json() == {"you_are": machine.client["client_id"], "scope": ["read:notes"]}
        header, payload, signature = token.split(".")
        other = payload[:-1] + ("A" if payload[-1] != "A" else "B")
        assert ask(api, f"{header}.{other}.{signature}").status_code == 401
        assert requests.get(api.app_url, timeout=60).status_code == 401
    assert call(introspect_call.replace("YOUR_TOKEN", token)).json()["active"] is True
    assert call(revoke_call.replace("YOUR_TOKEN", token)).status_code == 200
    assert call(introspect_call.replace("YOUR_TOKEN", token)).json() == {"active": False}


def sign_in(visitor: Visitor, chapter: Chapter) -> None:
    assert 'href="/login"' in visitor.open(chapter.app_url).text
    visitor.open(f"{chapter.app_url}login")
    assert answered(visitor.sign_in())["email"] == EMAIL
    assert visitor.read(chapter.app_url)["email"] == EMAIL


def ask(api: Chapter, token: str) -> requests.Response:
    return requests.get(api.app_url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def call(line: str) -> requests.Response:
    """Do what a call of curl with --data, --data-urlencode and --user does."""
    _, url, *options = shlex.split(line)
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert {name for name, _ in pairs} <= {"--data", "--data-urlencode", "--user"}
    data = dict[str, Any](value.split("=", 1) for name, value in pairs if name != "--user")
    user = next((tuple(value.split(":")) for name, value in pairs if name == "--user"), None)
    return requests.post(url, data=data, auth=user, timeout=60)


def page_with(script: str, packages: Path) -> Flask:
    """An app that serves a page with the script, and npm's packages to import."""
    app = Flask("single_page_app", static_folder=None)

    @app.get("/")
    def page() -> str:
        return PAGE

    @app.get("/main.js")
    def main() -> Response:
        return Response(script, content_type="text/javascript")

    @app.get("/npm/<path:name>")
    def package(name: str) -> Response:
        return send_from_directory(packages, name)

    return app
