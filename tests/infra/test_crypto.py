"""Wrapping: opens only where and how it was closed."""

import pytest

from idp.infra.crypto import UnwrapError, Wrapper

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_wrapped_opens_in_its_context_alone() -> None:
    wrapper = Wrapper([NEW])
    stored = wrapper.wrap(b"\x00secret", "signing_key:a")
    assert wrapper.unwrap(stored, "signing_key:a") == b"\x00secret"
    with pytest.raises(UnwrapError):
        wrapper.unwrap(stored, "signing_key:b")


def test_the_plain_value_is_not_in_the_stored_one_and_no_two_are_alike() -> None:
    wrapper = Wrapper([NEW])
    assert wrapper.wrap(b"secret", "x") != wrapper.wrap(b"secret", "x")
    assert "secret" not in wrapper.wrap(b"secret", "x")


def test_an_older_key_still_opens_and_the_first_one_wraps() -> None:
    stored = Wrapper([OLD]).wrap(b"secret", "x")
    both = Wrapper([NEW, OLD])
    assert both.unwrap(stored, "x") == b"secret"
    assert not both.is_current(stored)
    assert both.is_current(both.wrap(b"secret", "x"))
    with pytest.raises(UnwrapError):
        Wrapper([NEW]).unwrap(stored, "x")


@pytest.mark.parametrize("damage", ["", "w1", "w1..", "w2.{rest}", "{whole}A", "{whole}!", "{short}"])
def test_damaged_values_are_refused(damage: str) -> None:
    wrapper = Wrapper([NEW])
    whole = wrapper.wrap(b"secret", "x")
    with pytest.raises(UnwrapError):
        wrapper.unwrap(damage.format(whole=whole, rest=whole[3:], short=whole[:-8]), "x")


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_no_key_or_a_short_one_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Wrapper(keys)
