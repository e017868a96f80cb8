"""Logs: no secret by name or by look, one line for one happening, libraries included."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from idp.infra import jwt
from idp.infra import logging as idp_logging
from idp.infra.secrets import new_token


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    idp_logging.configure("json", "debug")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def written(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_a_line_is_one_json_object(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("token_issued", client_id="abc", status_code=200, nested={"a": [1, None, True]})
    (line,) = written(capfd)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "token_issued",
        "level": "info",
        "client_id": "abc",
        "status_code": 200,
        "nested": {"a": [1, None, True]},
    }


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_audit_event_is_a_line_like_any_other(
    capfd: pytest.CaptureFixture[str], form: Literal["json", "console"]
) -> None:
    idp_logging.configure(form, "info")
    fields = {"reference": "ABC", "details": {"received": new_token("rt1_"), "client_secret": "x", "text": "a\nb"}}
    structlog.get_logger().info("token.issued", **fields)
    idp_logging.happened("token.issued", fields)
    usual, quick = capfd.readouterr().err.splitlines()
    time = re.compile(r"\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d(\.\d{6}Z)?")
    assert time.sub("", usual) == time.sub("", quick)
    idp_logging.configure(form, "warning")
    idp_logging.happened("token.issued", fields)
    assert capfd.readouterr().err == ""


NAMES = [
    "password",
    "newPassword",
    "client_secret",
    "Authorization",
    "cookie",
    "Set-Cookie",
    "access_token",
    "refresh_token",
    "id_token_hint",
    "code",
    "code_verifier",
    "client_assertion",
    "private_key",
]


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_hidden_by_name(capfd: pytest.CaptureFixture[str], name: str) -> None:
    structlog.get_logger().info("x", **{name: "hunter2", "deep": [{name: ["hunter2"]}]})
    assert "hunter2" not in str(written(capfd))


def looks() -> dict[str, tuple[str, str]]:
    """A text with a secret in it, and the secret."""
    token, signed = new_token("rt1_"), jwt.sign({"sub": "a"}, jwt.new_key("ES256"), "JWT")
    return {
        "own token": (f"got {token}.", token),
        "signed token": (f"got {signed} here", signed),
        "signature": (f"got {signed}", signed.rpartition(".")[2]),
        "basic": ("Authorization: Basic YWxpY2U6aHVudGVyMg==", "YWxpY2U6aHVudGVyMg"),
        "bearer": ("bearer  abcdefgh12345678", "abcdefgh12345678"),
        "url": ("postgresql://idp:hunter2@db/idp", "hunter2"),
        "query": ("GET /cb?code=hunter2&state=1", "hunter2"),
        "body": ("grant_type=x&client_secret=hunter2", "hunter2"),
    }


@pytest.mark.parametrize(("text", "secret"), looks().values(), ids=looks().keys())
def test_secrets_are_hidden_by_look(capfd: pytest.CaptureFixture[str], text: str, secret: str) -> None:
    log = structlog.get_logger()
    log.info(text, about=text, many=[text], other={"about": text}, thing=ValueError(text))
    logging.getLogger("other.library").warning("said %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert len(lines := written(capfd)) == 3
    assert "Traceback" in lines[2]["exception"]
    assert secret not in str(lines)


@pytest.mark.parametrize("text", ["a\r\nforged", "a\x1b[2Jb", "a\u2028b", "a\x85b", "a\u202eb", "a\ud800b", "a\x00b"])
def test_no_text_can_forge_a_line_or_steer_a_terminal(capfd: pytest.CaptureFixture[str], text: str) -> None:
    for form in ("json", "console"):
        idp_logging.configure(form, "debug")
        structlog.get_logger().info("login", user=text, **{text: 1})
        raw = capfd.readouterr().err
        assert raw.count("\n") == 1
        assert not any(character in raw for character in ("\r", "\x1b[2J", "\u2028", "\x85", "\u202e", "\x00"))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(st.text(), st.recursive(st.text() | st.integers() | st.binary(), st.lists), max_size=4))
def test_anything_can_be_logged_as_one_line(capfd: pytest.CaptureFixture[str], fields: dict[str, Any]) -> None:
    capfd.readouterr()
    structlog.get_logger().info("x", **{f"k{name}": value for name, value in fields.items()})
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_authlib_never_logs_at_debug(capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("authlib.oauth2").debug("Issue token hunter2")
    logging.getLogger("authlib.oauth2").info("fine")
    assert [line["event"] for line in written(capfd)] == ["fine"]


def test_the_level_holds_for_libraries_too(capfd: pytest.CaptureFixture[str]) -> None:
    idp_logging.configure("json", "warning")
    structlog.get_logger().info("no")
    logging.getLogger("library").info("no")
    logging.getLogger("library").warning("yes %d", 1)
    (line,) = written(capfd)
    assert (line["event"], line["logger"], line["level"]) == ("yes 1", "library", "warning")


def test_a_badly_formatted_message_is_still_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("library", logging.WARNING, "file.py", 1, "%d of", ("x",), None)
    idp_logging._Router().handle(record)
    assert written(capfd)[0]["event"] == "%d of"


def test_what_is_bound_to_a_request_stands_in_each_of_its_lines(capfd: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(reference="ABC"):
        structlog.get_logger().info("x")
        logging.getLogger("library").info("y")
    assert [line["reference"] for line in written(capfd)] == ["ABC", "ABC"]
