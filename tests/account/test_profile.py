"""/account: names and picture; nothing of an upload but its pixels is ever served."""

import struct
import zlib
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from PIL import Image

from idp.domain.users.pictures import MOST_PIXELS, SIZE
from tests.account.conftest import Mails, Visitor, see, visitor
from tests.support.browser import ORIGIN, Browser
from tests.support.factories import EMAIL, make_client, make_user
from tests.support.protocol import Protocol

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 320), mode: str = "RGB") -> bytes:
    made = BytesIO()
    Image.new(mode, size, "teal").save(made, kind)
    return made.getvalue()


def upload(browser: Visitor, content: bytes, name: str = "me.png") -> None:
    browser.get("/account")
    fields = next(form.fields for form in browser.forms if form.action == "/account/picture")
    # By hand: Werkzeug's client leaves the file open that it writes a large form to
    head = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{fields["csrf_token"]}\r\n--b\r\n'
    head += f'Content-Disposition: form-data; name="picture"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    answer = browser.client.post(
        "/account/picture",
        base_url=ORIGIN,
        data=head.encode() + content + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    browser.page = answer
    if answer.status_code == 303:
        browser.get(answer.headers["Location"])


def kept(app: Flask, user_id: str) -> bytes:
    """What a stranger gets at the address that apps are told."""
    path = urlsplit(see(app, user_id)["claims"]["picture"]).path
    answer = app.test_client().get(path, base_url=ORIGIN)
    assert answer.status_code == 200
    return answer.data


def bomb() -> bytes:
    """A PNG of a few bytes that says it is very large."""
    side = int(MOST_PIXELS**0.5) + 1
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0" * 1000))]
    chunks = [(kind, body) for kind, body in [*parts, (b"IEND", b"")]]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def test_names_are_kept_and_told_to_apps(app: Flask, ada: Visitor, user_id: str, protocol: Protocol) -> None:
    ada.get("/account")
    ada.submit("profile-submit", name="  Augusta   Ada King ", given_name="Augusta", family_name="", nickname="Ada")
    assert "Saved." in ada.told()
    protocol.sign_in(user_id)
    told = protocol.userinfo(protocol.tokens(make_client(app))["access_token"]).get_json()
    assert (told["name"], told["given_name"], told["nickname"]) == ("Augusta Ada King", "Augusta", "Ada")
    assert "family_name" not in told
    assert protocol.events("user.profile_changed") == [
        {"claims": ["family_name", "given_name", "name", "nickname"]},
    ]


def test_each_change_is_mailed_and_nothing_else(app: Flask, ada: Visitor, mails: Mails) -> None:
    ada.get("/account")
    ada.submit("profile-submit", name="Augusta")
    assert [(mail.to, mail.subject) for mail in mails()] == [(EMAIL, "The profile of your account was changed")]
    ada.submit("profile-submit", name=" Augusta ")
    ada.submit("profile-submit", name="x" * 101)
    ada.get("/account")
    form = next(form for form in ada.forms if form.action == "/account/picture")
    ada.post("/account/picture", {**form.fields, "action": "remove"})
    assert len(mails()) == 1
    upload(ada, SVG)
    assert len(mails()) == 1
    upload(ada, picture())
    assert len(mails()) == 2
    ada.submit("picture-remove")
    assert {mail.subject for mail in mails()} == {"The profile of your account was changed"}
    assert len(mails()) == 3


def test_nobody_is_mailed_without_end(ada: Visitor, mails: Mails) -> None:
    for number in range(31):
        ada.get("/account")
        ada.submit("profile-submit", name=f"Ada {number}")
    assert ada.page.status_code == 429
    assert len(mails()) == 30


UNSEEN = (
    "\u200b",
    "\u2060",
    "\u2066",
    "\u061c",
    "\ufeff",
    "\u2065",
    "\uffff",
    "\U0010fffe",
    "\U000e0067",
    "\U000e0fff",
)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("name", "x" * 101), ("nickname", "y" * 61), ("given_name", "a\x01b"), ("family_name", "\u202egnp.exe")]
    + [("nickname", f"a{unseen}b") for unseen in UNSEEN],
)
def test_a_name_that_cannot_be_kept_is_told_at_its_field(
    app: Flask, ada: Visitor, user_id: str, field: str, typed: str
) -> None:
    before = see(app, user_id)
    ada.get("/account")
    ada.submit("profile-submit", **{"name": "Kept as typed", field: typed})
    assert ada.page.status_code == 422
    assert f'id="{field}-error"' in ada.told()
    assert field == "name" or "Kept as typed" in ada.told()
    assert see(app, user_id) == before


#: Of Unicode 15 and of a year to come, a family joined by U+200D, and the flags of England and of Wales.
EMOJI = (
    "Ada \U0001fae8",
    "\U0001fadc\U0001fae9",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Nia \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
)


def test_names_of_any_script_are_kept(app: Flask, ada: Visitor, user_id: str) -> None:
    for name in ("Åsa Öberg", "नेहा शर्मा", "علی‌رضا", "李小龍", *EMOJI, "<b>O’Neil</b> & {x}"):
        ada.get("/account")
        ada.submit("profile-submit", name=name)
        assert see(app, user_id)["claims"]["name"] == name
    assert "<b>O’Neil" not in ada.told()
    assert "&lt;b&gt;O’Neil&lt;/b&gt;" in ada.told()


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [("PNG", "RGBA", (90, 900)), ("PNG", "P", (64, 64)), ("JPEG", "RGB", (1200, 800)), ("JPEG", "CMYK", (300, 300)),
     ("WEBP", "RGBA", (300, 200)), ("PNG", "I;16", (50, 50)), ("PNG", "1", (1, 1))],
)  # fmt: skip
def test_a_picture_is_made_anew_as_a_small_square(  # noqa: PLR0917
    app: Flask, ada: Visitor, user_id: str, kind: str, mode: str, size: tuple[int, int]
) -> None:
    made = BytesIO()
    Image.new(mode, size).save(made, kind)
    upload(ada, made.getvalue())
    assert "Your new picture is in place." in ada.told()
    content = kept(app, user_id)
    with Image.open(BytesIO(content)) as image:
        assert (image.format, image.size) == ("JPEG", (SIZE, SIZE))
        assert not image.getexif()


def test_only_the_pixels_of_a_polyglot_survive(app: Flask, ada: Visitor, user_id: str) -> None:
    with Image.open(BytesIO(picture("JPEG"))) as image:
        exif = image.getexif()
        exif[0x010E] = "<script>alert(1)</script>"
        made = BytesIO()
        image.save(made, "JPEG", exif=exif, comment=b"<script>alert(2)</script>")
    upload(ada, made.getvalue() + HTML + b"PK\x03\x04")
    assert b"script" not in kept(app, user_id)
    assert b"PK\x03\x04" not in kept(app, user_id)


@pytest.mark.parametrize(
    "content",
    [b"", SVG, HTML, b"GIF89a" + b"\0" * 50, b"%PDF-1.4", picture()[:60], b"\x89PNG\r\n\x1a\n" + HTML, bomb()],
    ids=["empty", "svg", "html", "gif", "pdf", "cut off", "html as png", "bomb"],
)
def test_what_is_no_picture_is_refused_in_plain_words(app: Flask, ada: Visitor, user_id: str, content: bytes) -> None:
    upload(ada, content)
    assert ada.page.status_code == 422
    assert 'id="picture-error"' in ada.told()
    assert "picture" not in see(app, user_id)["claims"]


@pytest.mark.parametrize("size", [1_000_001, 1_048_000, 1_500_000])
def test_a_file_that_is_too_large_is_told_so_where_it_was_chosen(ada: Visitor, size: int) -> None:
    upload(ada, picture() + b"\0" * size)
    assert ada.page.status_code in {413, 422}
    assert "This file is too large: use one of at most 1 MB." in ada.told()


def test_a_picture_is_served_as_nothing_else(app: Flask, ada: Visitor, user_id: str) -> None:
    upload(ada, picture())
    path = urlsplit(see(app, user_id)["claims"]["picture"]).path
    answer = app.test_client().get(path, base_url=ORIGIN)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert len(path.rpartition("/")[2]) == 32


def test_a_new_picture_has_a_new_address_and_the_old_one_is_gone(app: Flask, ada: Visitor, user_id: str) -> None:
    upload(ada, picture())
    first = see(app, user_id)["claims"]["picture"]
    upload(ada, picture("WEBP"))
    second = see(app, user_id)["claims"]["picture"]
    assert first != second
    assert app.test_client().get(urlsplit(first).path).status_code == 404
    ada.submit("picture-remove")
    assert "picture" not in see(app, user_id)["claims"]
    assert app.test_client().get(urlsplit(second).path).status_code == 404


@pytest.mark.parametrize("name", ["", "x", "a" * 32, "é" * 32, "..%2f..%2fx", "a" * 5000])
def test_an_invented_address_of_a_picture_is_nothing(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/pictures/{name}", base_url=ORIGIN).status_code == 404


def test_forms_of_elsewhere_change_nothing(app: Flask, ada: Visitor, user_id: str) -> None:
    before = see(app, user_id)
    for path in ("/account", "/account/picture", "/account/sessions", "/account/apps", "/account/delete"):
        ada.post(path, {"name": "Mallory", "action": "remove", "others": "yes", "csrf_token": "made up"})
        assert ada.page.status_code == 403
        ada.post(path, {"name": "Mallory"}, Origin="https://evil.example")
        assert ada.page.status_code == 403
    assert see(app, user_id) == before


def test_more_than_the_form_has_is_passed_over(app: Flask, ada: Visitor, user_id: str) -> None:
    ada.get("/account")
    ada.submit("profile-submit", name="Ada", email="x@evil.example", email_verified="1", is_admin="1", sub="x")
    seen = see(app, user_id)
    assert seen["email"] == "ada@example.com"
    assert set(seen["claims"]) <= {
        "name",
        "given_name",
        "family_name",
        "address",
        "phone_number",
        "phone_number_verified",
    }


def test_each_person_sees_their_own(app: Flask, ada: Visitor) -> None:
    bob = visitor(app, make_user(app, "bob@example.com", claims={"name": "Bob"}))
    for path in ("/account", "/account/security", "/account/sessions", "/account/activity"):
        assert "bob@example.com" not in ada.get(path).text
        assert "ada@example.com" not in bob.get(path).text
    assert Browser(app).get("/account").request.path == "/u/login"
