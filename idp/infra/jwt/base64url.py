"""RFC 7515 §2: base64url without padding, accepted in its one canonical spelling only."""

import base64


def encode(data: bytes) -> bytes:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def encode_int(value: int, length: int | None = None) -> str:
    """RFC 7518 §2: an unsigned big-endian integer, in `length` bytes or as few as it needs."""
    return encode(value.to_bytes(length or (value.bit_length() + 7) // 8, "big")).decode()


def decode(text: str) -> bytes:
    """The bytes. Raises ValueError on padding, other characters, or loose trailing bits.

    Without the last check several spellings would decode to one value, and a token denied by its
    text could be presented again under another spelling.
    """
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text.encode():
        raise ValueError("not canonical base64url")
    return data
