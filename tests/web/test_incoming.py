"""What comes in: a body is whole, or the request is none."""

from io import BytesIO

import pytest
from flask import Flask

from tests.support.browser import ORIGIN


@pytest.mark.parametrize(("said", "status"), [(29, 401), (30, 400), (1000, 400)])
def test_a_body_that_was_cut_off_is_no_request(app: Flask, said: int, status: int) -> None:
    body = b"grant_type=client_credentials"
    answer = app.test_client().post(
        "/oauth/token",
        base_url=ORIGIN,
        input_stream=BytesIO(body),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(said), "wsgi.input_terminated": True},
    )
    assert answer.status_code == status
