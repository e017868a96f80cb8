"""Settings: every fault in a line of its own, and nothing that is mistyped passes in silence."""

import threading
from pathlib import Path

import pytest

from idp.config import SettingsError, development_secret, load_settings, read_settings

GOOD = {"IDP_ISSUER": "https://login.example.com/", "IDP_SECRET_KEY": "k3y-0f-many-different-characters-456"}


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def faults_of(monkeypatch, **changes):
    for name, value in {**GOOD, **changes}.items():
        monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.faults


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"IDP_SECRET_KEY": None}, "IDP_SECRET_KEY: missing"),
        ({"IDP_SECRET_KEY": "short"}, "IDP_SECRET_KEY: too weak"),
        ({"IDP_SECRET_KEY": "a" * 64}, "IDP_SECRET_KEY: too weak"),
        ({"IDP_ISSUER": "http://login.example.com/"}, "IDP_ISSUER: plain http"),
        ({"IDP_ISSUER": "https://login.example.com"}, "IDP_ISSUER:"),
        ({"IDP_ISSUER": "https://login.example.com/tenant/"}, "IDP_ISSUER:"),
        ({"IDP_ISSUER": "login.example.com"}, "IDP_ISSUER:"),
        ({"IDP_PORT": "eighty"}, "IDP_PORT:"),
        ({"IDP_TLS_CERTIFICATE": "/nowhere"}, "IDP_TLS_CERTIFICATE"),
        ({"IDP_TRUSTED_PROXIES": "10.0.0.0/8, the front"}, "IDP_TRUSTED_PROXIES: 'the front'"),
        ({"AUTHLIB_INSECURE_TRANSPORT": "1"}, "AUTHLIB_INSECURE_TRANSPORT"),
        ({"IDP_REDIS_URL": "valkey:6379"}, "IDP_REDIS_URL: this is no address"),
        ({"IDP_SMTP_URL": "smtp://user:password@host:port"}, "IDP_SMTP_URL: this is no address"),
        ({"IDP_ISUER": "https://x.example/"}, "IDP_ISUER: there is no such setting; IDP_ISSUER is close"),
    ],
)
def test_a_fault_is_told_in_a_line(monkeypatch, changes, word):
    assert any(line.startswith(word) and "\n" not in line for line in faults_of(monkeypatch, **changes))


def test_all_faults_are_told_at_once(monkeypatch):
    wrong = {
        "IDP_SECRET_KEY": None,
        "IDP_ISSUER": "http://x.example/",
        "IDP_PORT": "x",
        "IDP_WORKERS": "0",
        "IDP_X": "1",
    }
    assert {line.partition(":")[0] for line in faults_of(monkeypatch, **wrong)} == wrong.keys()


def test_a_value_that_is_none_hides_no_fault_of_another_sort(monkeypatch):
    assert len(faults_of(monkeypatch, IDP_WORKERS="many", IDP_TLS_KEY="/nowhere")) == 3


def test_reading_makes_no_secret_and_loading_does(monkeypatch, tmp_path):
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    assert read_settings().secret_key is None
    assert list(tmp_path.iterdir()) == []
    assert load_settings().secret_key == (tmp_path / "var" / "secret.key").read_text()


def test_a_secret_that_was_made_and_then_spoilt_is_refused(monkeypatch, tmp_path):
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    development_secret(tmp_path / "var")
    (tmp_path / "var" / "secret.key").write_text("short")
    with pytest.raises(SettingsError, match="IDP_SECRET_KEY: too weak"):
        load_settings()


def test_a_password_in_a_setting_that_is_wrong_is_not_repeated(monkeypatch):
    assert "hunter2" not in str(faults_of(monkeypatch, IDP_SMTP_URL="mail://user:hunter2@host"))


def test_an_empty_variable_is_none(monkeypatch):
    for name in ("IDP_SMTP_URL", "IDP_REDIS_URL", "IDP_DATA_DIR"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert (settings.smtp_url, settings.redis_url, settings.data_dir) == (None, None, Path("var"))


def test_the_database_goes_with_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("IDP_DATA_DIR", str(tmp_path / "data"))
    assert load_settings().database_url == f"sqlite:///{tmp_path / 'data' / 'idp.sqlite3'}"


def test_of_many_starts_at_once_all_have_one_secret(tmp_path: Path):
    found: list[str] = []
    starts = [threading.Thread(target=lambda: found.append(development_secret(tmp_path))) for _ in range(16)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
