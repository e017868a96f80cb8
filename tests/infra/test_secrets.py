"""Random values: shape, storage form, comparison."""

import re

from idp.infra import secrets


def test_a_token_has_its_prefix_and_256_bits() -> None:
    token = secrets.new_token("ac1_")
    assert re.fullmatch(r"ac1_[A-Za-z0-9_-]{43}", token)
    assert token != secrets.new_token("ac1_")


def test_the_stored_form_is_sha256_of_the_text() -> None:
    assert secrets.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_comparison_and_digest_take_any_text() -> None:
    assert secrets.equal("pässwörd", "pässwörd")
    assert not secrets.equal("pässwörd", "password")
    assert not secrets.equal("\ud800", "x")
    assert len(secrets.digest("\ud800")) == 64


def test_a_reference_id_is_ten_unambiguous_characters() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", secrets.reference_id())
