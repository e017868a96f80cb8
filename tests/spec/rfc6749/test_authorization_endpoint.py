"""RFC 6749 §3.1 and §4.1.1–4.1.2: the request for a code, and its answer."""

from urllib.parse import urlsplit

import pytest

from tests.support.factories import CALLBACK, make_client
from tests.support.protocol import ISSUER, assert_page, parameters_of

RFC = "RFC 6749"


@pytest.fixture
def client(app, protocol):
    protocol.sign_in()
    return make_client(app)


@pytest.mark.spec(RFC, "3.1", "GET is supported")
@pytest.mark.spec(RFC, "4.1.2", "code and state are added to the redirect URI")
def test_an_app_gets_a_code_and_its_state_back(protocol, client):
    answer = protocol.answer(client, state="a b+c%26é")
    assert set(answer) == {"code", "state", "iss", "session_state"}
    assert answer["state"] == "a b+c%26é"


@pytest.mark.spec(RFC, "3.1", "POST may be supported")
def test_a_posted_request_means_the_same(protocol, client):
    first = protocol.authorize(client, method="POST")
    assert first.status_code == 303
    second = protocol.http.get(first.headers["Location"], base_url=ISSUER)
    assert parameters_of(second.headers["Location"])["state"] == "the state"
    assert "code" in parameters_of(second.headers["Location"])


@pytest.mark.spec(RFC, "3.1", "parameters without a value are treated as if omitted")
def test_an_empty_parameter_counts_as_absent(protocol, client):
    answer = protocol.answer(client, state="", nonce="", prompt="", max_age="", response_mode="", audience="")
    assert set(answer) == {"code", "iss", "session_state"}


@pytest.mark.spec(RFC, "3.1", "unrecognised parameters are ignored")
def test_an_unknown_parameter_is_ignored(protocol, client):
    assert "code" in protocol.answer(client, utm_source="x", ext="<script>")


@pytest.mark.spec(RFC, "3.1", "parameters are not included more than once")
@pytest.mark.parametrize("name", ["response_type", "scope", "state", "nonce", "code_challenge", "unknown"])
def test_a_doubled_parameter_is_refused_to_the_app(protocol, client, name):
    sent = f"client_id={client.id}&redirect_uri={CALLBACK}&response_type=code&scope=openid&{name}=1&{name}=2"
    response = protocol.http.get(f"/authorize?{sent}", base_url=ISSUER)
    answer = parameters_of(response.headers["Location"])
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


@pytest.mark.spec(RFC, "3.1", "parameters are not included more than once")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_doubled_client_or_redirect_uri_is_refused_on_a_page(protocol, client, name):
    sent = f"client_id={client.id}&redirect_uri={CALLBACK}&response_type=code&{name}=https://evil.example/"
    assert_page(protocol.http.get(f"/authorize?{sent}", base_url=ISSUER))


@pytest.mark.spec(RFC, "3.1.1", "response_type is required")
def test_a_missing_response_type_is_an_invalid_request(protocol, client):
    assert protocol.answer(client, response_type=None)["error"] == "invalid_request"


@pytest.mark.spec(RFC, "3.1.1", "an unknown response_type is an error")
@pytest.mark.parametrize("sent", ["token", "CODE", "code code", "none", "code none", "co'de", "é"])
def test_a_response_type_that_does_not_exist_is_refused(protocol, client, sent):
    answer = protocol.answer(client, response_type=sent)
    assert answer["error"] == "unsupported_response_type"
    assert not {"code", "access_token", "id_token"} & set(answer)


@pytest.mark.spec(RFC, "4.1.2.1", "unauthorized_client: the client may not use this method")
@pytest.mark.parametrize("sent", ["id_token", "id_token token", "code id_token", "code token", "token code"])
def test_a_response_type_that_is_not_the_clients_is_refused(protocol, client, sent):
    answer = protocol.answer(client, response_type=sent)
    assert answer["error"] == "unauthorized_client"
    assert not {"code", "access_token", "id_token"} & set(answer)


@pytest.mark.spec(RFC, "3.1.2", "the query of a registered redirect URI is retained")
@pytest.mark.parametrize("registered", ["https://app.example.com/cb?a=b%20c&flag", "https://app.example.com/cb?x"])
def test_the_query_of_a_redirect_uri_stays_as_it_is(app, protocol, registered):
    protocol.sign_in()
    client = make_client(app, redirect_uris=[registered])
    location = protocol.authorize(client, redirect_uri=registered).headers["Location"]
    assert location.startswith(f"{registered}&code=")


@pytest.mark.spec(RFC, "3.1.2.3", "a redirect URI may be left out if one alone is registered")
def test_the_only_redirect_uri_need_not_be_sent(protocol, client):
    code = protocol.code(client, redirect_uri=None)
    assert protocol.redeem(client, code, redirect_uri=None).status_code == 200


@pytest.mark.spec(RFC, "3.1.2.3", "a redirect URI is required if several are registered")
def test_of_several_redirect_uris_one_has_to_be_named(app, protocol):
    client = make_client(app, redirect_uris=[CALLBACK, "https://app.example.com/other"])
    assert_page(protocol.authorize(client, redirect_uri=None))


@pytest.mark.spec(RFC, "3.1.2.4", "never redirect to an invalid redirect URI")
@pytest.mark.spec(RFC, "4.1.2.1", "tell the user, and do not redirect, if client or redirect URI are not sure")
@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "nobody", "response_type": "x", "scope": '"', "prompt": "none"},
    ],
    ids=["unknown-client", "no-client", "unregistered-uri", "everything"],
)
def test_what_is_not_sure_ends_on_a_page(protocol, client, wrong):
    assert_page(protocol.authorize(client, **wrong))


@pytest.mark.spec(RFC, "4.1.2.1", "state is echoed with an error, if it was sent")
@pytest.mark.parametrize(("state", "expected"), [("s p~c+é", "s p~c+é"), (None, None)])
def test_an_error_carries_the_state(protocol, client, state, expected):
    answer = protocol.answer(client, state=state, response_type="token")
    assert answer.get("state") == expected


@pytest.mark.spec(RFC, "4.1.2.1", "unauthorized_client: the client may not use this method")
def test_a_client_without_the_response_type_is_told(app, protocol):
    client = make_client(app, "machine", redirect_uris=[CALLBACK])
    assert protocol.answer(client)["error"] == "unauthorized_client"


@pytest.mark.spec(RFC, "4.1.2.1", "access_denied: the user refuses")
def test_a_user_who_refuses_sends_access_denied(app, protocol):
    protocol.sign_in()
    client = make_client(app, requires_consent=True)
    page = protocol.http.get(protocol.authorize(client).headers["Location"], base_url=ISSUER)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = protocol.http.post(page.request.full_path, base_url=ISSUER, data={"csrf_token": token, "decision": "deny"})
    final = protocol.http.get(answer.headers["Location"], base_url=ISSUER)
    refused = parameters_of(final.headers["Location"])
    assert (refused["error"], refused["state"], refused["iss"]) == ("access_denied", "the state", ISSUER)


@pytest.mark.spec(RFC, "4.1.2.1", "error_description holds only the characters allowed")
@pytest.mark.parametrize("wrong", [{"audience": 'https://"é\\'}, {"response_mode": '"\\é\n'}, {"prompt": "\x7f"}])
def test_an_error_description_is_plain_text(protocol, client, wrong):
    description = protocol.answer(client, **wrong)["error_description"]
    assert all("\x20" <= character <= "\x7e" and character not in '"\\' for character in description)


@pytest.mark.spec(RFC, "3.3", "scope is a list of names with a space between")
@pytest.mark.parametrize("scope", ['openid "x"', "openid\tprofile", "openid é", "a\\b"])
def test_a_malformed_scope_is_refused(protocol, client, scope):
    assert protocol.answer(client, scope=scope)["error"] == "invalid_scope"


@pytest.mark.spec(RFC, "3.3", "scope is answered if it differs from what was asked")
def test_a_scope_that_is_not_known_is_left_out_and_the_answer_says_so(protocol, client):
    assert protocol.tokens(client, scope="openid launch_missiles profile profile")["scope"] == "openid profile"


@pytest.mark.spec(RFC, "4.1.1", "the user agent is sent on by a redirect")
def test_who_is_not_signed_in_is_shown_the_login_page(app, protocol):
    response = protocol.authorize(make_client(app))
    assert response.status_code == 303
    assert urlsplit(response.headers["Location"]).path == "/u/login"
