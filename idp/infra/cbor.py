"""CBOR as authenticators write it (CTAP 2.1 §8, "CTAP2 canonical CBOR encoding form"): checked before it is parsed.

A parser of all of CBOR takes tags that make a few bytes a million objects. Authenticators send none of that.
"""

from typing import Final

#: CTAP 2.1 §8: "the depth of nested CBOR structures … is limited to at most four levels".
_DEEPEST: Final = 4
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
#: Major type 7: false, true, null.
_SIMPLE: Final = frozenset({20, 21, 22})
_ONE_BYTE: Final = 24
_EIGHT_BYTES: Final = 27


class CborError(ValueError):
    """Not what an authenticator would send."""


def end_of_item(data: bytes, start: int = 0, depth: int = _DEEPEST) -> int:
    """Where the item that begins at `start` ends.

    Raises:
        CborError: it is cut off, too deep, tagged, of a length that is not told, or a float.
    """
    major, value, at = _head(data, start)
    if major in {_UNSIGNED, _NEGATIVE}:
        return at
    if major in {_BYTES, _TEXT}:
        return _within(data, at + value)
    if major in {_ARRAY, _MAP} and depth > 0:
        # An item takes a byte at least: a length beyond what is there is not even counted to
        _within(data, at + value)
        for _ in range(value * (2 if major == _MAP else 1)):
            at = end_of_item(data, at, depth - 1)
        return at
    if major > _TAG and value in _SIMPLE:
        return at
    raise CborError(f"an item of type {major} at {start}")


def _head(data: bytes, start: int) -> tuple[int, int, int]:
    """Major type, value or length, and where the head ends."""
    if start >= len(data):
        raise CborError("cut off")
    major, short = data[start] >> 5, data[start] & 0x1F
    if short < _ONE_BYTE:
        return major, short, start + 1
    if short > _EIGHT_BYTES:
        raise CborError(f"a length that is not told at {start}")
    end = _within(data, start + 1 + (1 << (short - _ONE_BYTE)))
    value = int.from_bytes(data[start + 1 : end], "big")
    if major > _TAG:
        raise CborError(f"a float at {start}")
    return major, value, end


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise CborError("cut off")
    return end
