"""OAuth 2.0 Multiple Response Type Encoding Practices §2.1: query and fragment."""

from urllib.parse import urlsplit

import pytest

from tests.support.factories import make_client
from tests.support.protocol import parameters_of

SPEC = "OAuth Multiple Response Types 1.0"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.spec(SPEC, "2.1", "query: the default for code")
@pytest.mark.parametrize("mode", [None, "query", ""])
def test_the_answer_stands_in_the_query(protocol, client, mode):
    parts = urlsplit(protocol.authorize(client, response_mode=mode).headers["Location"])
    assert "code=" in parts.query
    assert not parts.fragment


@pytest.mark.spec(SPEC, "2.1", "fragment: the answer stands in the fragment")
@pytest.mark.parametrize("wrong", [{}, {"response_type": "token"}, {"state": "é +&"}, {"scope": '"'}], ids=repr)
def test_the_answer_stands_in_the_fragment(protocol, client, wrong):
    location = protocol.authorize(client, response_mode="fragment", **wrong).headers["Location"]
    assert not urlsplit(location).query
    assert parameters_of(location)["state"] == wrong.get("state", "the state")


@pytest.mark.spec(SPEC, "2.1", "an unknown mode is an error")
@pytest.mark.parametrize("mode", ["web-message", "jwt", "query.jwt", "QUERY", 'x"', "é", "query fragment"])
def test_an_unknown_mode_is_refused(protocol, client, mode):
    answer = protocol.answer(client, response_mode=mode)
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


@pytest.mark.spec(SPEC, "3", "the order of several values does not matter, and all of them count")
@pytest.mark.parametrize("sent", ["code none", "none code", "token none", "code token code", "id_token id_token"])
def test_a_set_of_values_that_is_not_supported_is_refused(protocol, client, sent):
    assert protocol.answer(client, response_type=sent)["error"] == "unsupported_response_type"


@pytest.mark.spec(SPEC, "3", "the order of several values does not matter, and all of them count")
@pytest.mark.parametrize("sent", ["code id_token", "id_token code", "code token", "token code", "token id_token code"])
def test_a_set_of_values_that_is_not_the_clients_is_refused(protocol, client, sent):
    answer = protocol.answer(client, response_type=sent)
    assert answer["error"] == "unauthorized_client"
    assert not {"code", "access_token", "id_token"} & set(answer)


@pytest.mark.spec(SPEC, "2.1", "the mode of an error is the one that the answer would have had")
@pytest.mark.parametrize(("sent", "mark"), [("code", "?"), ("code token", "#"), ("id_token", "#"), ("token", "#")])
def test_an_error_goes_where_the_answer_would_have_gone(protocol, client, sent, mark):
    location = protocol.authorize(client, response_type=sent, scope='"').headers["Location"]
    assert location.partition("error=")[0].endswith(mark)
