import datetime as dt
import ipaddress

import pytest
import time_machine
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from idp.infra.tls import ensure_certificate


def load(path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "login.test"])
def test_the_certificate_is_good_for_each_name_under_its_authority(tmp_path, name):
    files = ensure_certificate(tmp_path, ["login.test"])
    subject: x509.DNSName | x509.IPAddress
    try:
        subject = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    verifier = PolicyBuilder().store(Store([load(files.authority)])).build_server_verifier(subject)
    assert verifier.verify(load(files.certificate), [])


def test_it_is_kept_while_the_names_are_the_same(tmp_path):
    before = ensure_certificate(tmp_path, ["login.test"]).certificate.read_bytes()
    assert ensure_certificate(tmp_path, ["login.test", "localhost"]).certificate.read_bytes() == before


def test_another_name_gets_another_certificate_under_the_same_authority(tmp_path):
    files = ensure_certificate(tmp_path, [])
    authority, before = files.authority.read_bytes(), files.certificate.read_bytes()
    ensure_certificate(tmp_path, ["login.test"])
    assert files.certificate.read_bytes() != before
    assert files.authority.read_bytes() == authority


def test_it_is_renewed_before_it_expires(tmp_path):
    files = ensure_certificate(tmp_path, [])
    ends = load(files.certificate).not_valid_after_utc
    with time_machine.travel(ends - dt.timedelta(days=20), tick=False):
        ensure_certificate(tmp_path, [])
    assert load(files.certificate).not_valid_after_utc > ends


def test_keys_are_for_their_owner_alone(tmp_path):
    ensure_certificate(tmp_path, [])
    for name in ("ca.key", "server.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
