"""RFC 7636: a code is good only with the verifier of its challenge."""

import pytest

from tests.support.factories import make_client
from tests.support.protocol import PAIR, assert_error, pkce

RFC = "RFC 7636"


@pytest.fixture(params=["web", "spa"])
def client(request, app, protocol):
    protocol.sign_in()
    return make_client(app, request.param)


@pytest.mark.spec(RFC, "4.6", "the verifier matches the challenge")
@pytest.mark.parametrize("verifier", ["a" * 43, "~._-" * 32], ids=["shortest", "longest"])
def test_the_right_verifier_redeems_the_code(protocol, client, verifier):
    code = protocol.code(client, code_challenge=pkce(verifier).challenge)
    assert protocol.redeem(client, code, code_verifier=verifier).status_code == 200


@pytest.mark.spec(RFC, "4.6", "a wrong verifier is refused")
@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        (pkce().verifier, "invalid_grant"),
        (PAIR.challenge, "invalid_grant"),
        (None, "invalid_request"),
        ("a" * 42, "invalid_request"),
        ("a" * 129, "invalid_request"),
        ("a" * 42 + "é", "invalid_request"),
        ("a" * 42 + "\n", "invalid_request"),
    ],
    ids=["another", "the-challenge", "missing", "short", "long", "non-ascii", "newline"],
)
def test_a_wrong_verifier_is_refused_and_spends_the_code(protocol, client, verifier, error):
    code = protocol.code(client)
    assert_error(protocol.redeem(client, code, code_verifier=verifier), error)
    assert_error(protocol.redeem(client, code), "invalid_grant")


@pytest.mark.spec(RFC, "4.4.1", "a missing challenge is an invalid request")
@pytest.mark.spec(RFC, "4.3", "without a method plain is meant, which is not supported")
@pytest.mark.parametrize(
    "wrong",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "a" * 42},
        {"code_challenge": "a" * 44},
        {"code_challenge": "a" * 129},
        {"code_challenge": "a" * 42 + "="},
        {"code_challenge": "a" * 42 + "+"},
        {"code_challenge": "a" * 42 + "é"},
    ],
    ids=["none", "method-alone", "no-method", "plain", "s256", "42", "44", "129", "padding", "alphabet", "non-ascii"],
)
def test_a_request_without_a_sound_challenge_is_refused(protocol, client, wrong):
    answer = protocol.answer(client, **wrong)
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


@pytest.fixture
def exempt(app, protocol):
    protocol.sign_in()
    return make_client(app, changes={"requires_pkce": False})


@pytest.mark.spec(RFC, "5", "clients without PKCE may be served")
def test_a_client_marked_exempt_may_leave_pkce_out(protocol, exempt):
    code = protocol.code(exempt, code_challenge=None, code_challenge_method=None)
    assert protocol.redeem(exempt, code, code_verifier=None).status_code == 200


@pytest.mark.spec(RFC, "4.6", "an exempt client that sent a challenge is held to it")
def test_a_challenge_counts_also_for_the_exempt(protocol, exempt):
    assert_error(protocol.redeem(exempt, protocol.code(exempt), code_verifier=None), "invalid_request")


@pytest.mark.spec("RFC 9700", "4.8.2", "a verifier without a challenge is refused: no downgrade")
def test_a_verifier_for_a_code_without_challenge_is_refused(protocol, exempt):
    code = protocol.code(exempt, code_challenge=None, code_challenge_method=None)
    response = protocol.redeem(exempt, code)
    assert (response.status_code, "access_token" in response.get_json()) == (400, False)


@pytest.mark.spec(RFC, "4.4", "a public client is never exempt")
def test_a_public_client_is_never_exempt(app, protocol):
    protocol.sign_in()
    client = make_client(app, "spa", changes={"requires_pkce": False})
    assert protocol.answer(client, code_challenge=None, code_challenge_method=None)["error"] == "invalid_request"
