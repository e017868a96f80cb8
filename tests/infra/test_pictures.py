"""Pictures are made anew: what is none is refused, what else was in the file is gone."""

import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from idp.infra.pictures import ICONS, MAXIMUM_BYTES, PictureError, read_picture

BOX = (480, 112)
SCRIPT = b"<script>alert(1)</script>"


def drawn(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    into = io.BytesIO()
    Image.new(mode, size, "#3355e0").save(into, kind, **more)
    return into.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width: int, height: int) -> bytes:
    """A small file that would be a very large picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compressobj(9)
    rows = b"".join(lines.compress(b"\0" * (width + 1)) for _ in range(64)) + lines.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode", "made"),
    [
        ("PNG", "RGBA", "PNG"),
        ("PNG", "P", "PNG"),
        ("JPEG", "RGB", "JPEG"),
        ("WEBP", "RGBA", "PNG"),
        ("GIF", "P", "PNG"),
    ],
)
def test_what_browsers_and_mail_programs_show_comes_out(kind, mode, made):
    picture = read_picture(drawn(kind, mode=mode), within=BOX)
    image = opened(picture.content)
    assert image.format == made
    assert image.size == (picture.width, picture.height) == (60, 40)
    assert picture.kind == {"PNG": "png", "JPEG": "jpg"}[made]


def test_an_icon_is_taken_where_icons_are():
    content = drawn("ICO", (64, 64), "RGBA")
    assert read_picture(content, within=(64, 64), formats=ICONS).kind == "png"
    with pytest.raises(PictureError, match="PNG, JPEG, WEBP or GIF"):
        read_picture(content, within=BOX)


def test_it_is_made_to_fit_and_light():
    noise = Image.effect_noise((900, 190), 90).convert("RGBA")
    into = io.BytesIO()
    noise.quantize(64).save(into, "PNG")
    picture = read_picture(into.getvalue(), within=BOX)
    assert picture.width <= 480
    assert picture.height <= 112
    assert len(picture.content) <= 12 * 1024


def test_it_is_turned_the_right_way_up():
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = read_picture(drawn("JPEG", (60, 40), exif=turned), within=BOX)
    assert (picture.width, picture.height) == (40, 60)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "SVG"),
        (b"\xef\xbb\xbf  <SVG onload=alert(1)>", "SVG"),
        (b"<!doctype html><title>logo.png</title>" + SCRIPT, "no picture"),
        (b"GIF89a" + SCRIPT, "no picture"),
        (b"%PDF-1.7", "no picture"),
        (drawn("BMP"), "no picture"),
        (drawn("PNG")[:60], "no picture"),
        (drawn("JPEG")[:300], "no picture"),
        (b"\0" * (MAXIMUM_BYTES + 1), "larger than 200 KB"),
        (bomb(10_000, 10_000), "million pixels"),
        (bomb(4_100, 4_100), "million pixels"),
        (bomb(60_000, 60_000), "million pixels"),
    ],
)
def test_what_is_no_picture_is_refused_in_plain_words(content, words):
    with pytest.raises(PictureError, match=words):
        read_picture(content, within=BOX)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_what_hides_in_a_picture_is_gone(kind):
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    more = {"comment": SCRIPT} if kind != "PNG" else {}
    for content in (drawn(kind) + SCRIPT, drawn(kind, **more), drawn("JPEG", exif=exif)):
        assert b"script" not in read_picture(content, within=BOX).content


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "ICO"]), st.data())
def test_a_broken_file_is_a_picture_or_refused(kind, data):
    content = bytearray(drawn(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        picture = read_picture(bytes(content), within=BOX, formats=ICONS)
    except PictureError:
        return
    assert opened(picture.content).size == (picture.width, picture.height)
