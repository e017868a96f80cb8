"""The rows of the table that a server answers: what is sent, what has to come back."""

import base64
import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.bench import prepare
from tests.bench.load import Job
from tests.bench.prepare import CALLBACK, PASSWORD, VERIFIER, Credentials, Login, World
from tests.bench.servers import NODE_CLIENT, Running

FORM = "application/x-www-form-urlencoded"
CONNECTIONS = 8
#: One more in the same worker would be asked to come back, as a thread is kept for everything else.
LOGINS_AT_ONCE = 3
#: Codes prepared for a second of a worker: more than it can redeem, or the window ends with the last.
CODES_A_SECOND = 900
CLIENT_CREDENTIALS = "client_credentials RS256"
LOGIN = "password login"
BARE = "bare Flask"
NODE = "node-oidc-provider"


@dataclass(frozen=True)
class Window:
    """How long, and against how many workers."""

    seconds: float
    workers: int = 1


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    job: Callable[[World, Running, Window], Job]


def discovery(world: World, server: Running, window: Window) -> Job:
    return job(server, window, [get("/.well-known/openid-configuration")])


def jwks(world: World, server: Running, window: Window) -> Job:
    return job(server, window, [get("/.well-known/jwks.json")])


def client_credentials_rs256(world: World, server: Running, window: Window) -> Job:
    return job(server, window, [machine_request(world, "RS256")])


def client_credentials_es256(world: World, server: Running, window: Window) -> Job:
    return job(server, window, [machine_request(world, "ES256")])


def code_to_tokens(world: World, server: Running, window: Window) -> Job:
    codes = prepare.codes(world, int(CODES_A_SECOND * window.workers * (window.seconds + 0.2)))
    return job(server, window, [code_request(world, code) for code in codes], repeats=False)


def refresh(world: World, server: Running, window: Window) -> Job:
    tokens = prepare.refresh_tokens(world, CONNECTIONS)
    requests = [refresh_request(world, token) for token in tokens]
    return job(server, window, requests, repeats=False, chain="refresh_token")


def userinfo(world: World, server: Running, window: Window) -> Job:
    return job(server, window, [get("/userinfo", f"Authorization: Bearer {access_token(world, server)}\r\n")])


def introspection(world: World, server: Running, window: Window) -> Job:
    token = access_token(world, server)
    return job(server, window, [post("/oauth/introspect", {"token": token}, basic(world.app))])


def password_login(world: World, server: Running, window: Window) -> Job:
    requests = [login_request(login) for login in world.logins]
    return job(server, window, requests, expected=[303], connections=LOGINS_AT_ONCE)


ROWS = (
    Row("discovery", discovery),
    Row("JWKS", jwks),
    Row(CLIENT_CREDENTIALS, client_credentials_rs256),
    Row("client_credentials ES256", client_credentials_es256),
    Row("code → tokens", code_to_tokens),
    Row("refresh", refresh),
    Row("userinfo", userinfo),
    Row("introspection", introspection),
    Row(LOGIN, password_login),
)


def bare_job(server: Running, window: Window) -> Job:
    return job(server, window, [get("/")])


def node_job(server: Running, window: Window) -> Job:
    body = {"grant_type": "client_credentials", "scope": "read write"}
    return job(server, window, [post("/token", body, basic(Credentials(*NODE_CLIENT)))])


def job(server: Running, window: Window, requests: list[str], **more: object) -> Job:
    values = {"expected": [200], "connections": CONNECTIONS, **more}
    return Job(address=server.address, requests=requests, seconds=window.seconds, pids=server.pids, **values)


def machine_request(world: World, alg: str) -> str:
    return post("/oauth/token", {"grant_type": "client_credentials"}, basic(world.machines[alg]))


def code_request(world: World, code: str) -> str:
    body = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "code": code,
    }
    return post("/oauth/token", body, basic(world.app))


def refresh_request(world: World, token: str) -> str:
    return post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token}, basic(world.app))


def login_request(login: Login) -> str:
    body = {"username": login.email, "password": PASSWORD, "csrf_token": login.csrf}
    return post(f"/u/login?state={login.state}", body, f"Cookie: idp_browser={login.browser}\r\n")


def access_token(world: World, server: Running) -> str:
    """A user's access token, had as an app has it."""
    request = code_request(world, prepare.codes(world, 1)[0])
    head, _, body = request.partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    url = f"http://127.0.0.1:{server.port}/oauth/token"
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers)) as answer:
        return str(json.load(answer)["access_token"])


def get(path: str, headers: str = "") -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"


def post(path: str, body: dict[str, str], headers: str = "") -> str:
    text = urlencode(body)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {len(text)}\r\n"
    return f"{head}{headers}\r\n{text}"


def basic(client: Credentials) -> str:
    return f"Authorization: Basic {base64.b64encode(f'{client.id}:{client.secret}'.encode()).decode()}\r\n"
