"""What the plans for logout share: a client with places to go back to, and the way through our pages."""

import base64
import json
import secrets

from tests.certification.driver import Answer
from tests.certification.relying_party import RelyingParty, Tokens
from tests.certification.suite import Run

SIGNED_OUT = "You are signed out"


def signed_in(run: Run, **metadata: object) -> Tokens:
    """A client that people may return to, and a login to it; `registered` says more of the client."""
    run.register(post_logout_redirect_uris=[run.url("logged-out")], **metadata)
    return run.complete()


def log_out(run: Run, **parameters: str) -> Answer | None:
    """Send the browser to log out, and say yes if it asks; where it goes to, if anywhere."""
    answer = run.browser.open(run.provider["end_session_endpoint"], parameters)
    if answer is None and run.browser.page.form("logout-confirm"):
        return run.browser.press("logout-confirm")
    return answer


def check_returned(run: Run, answer: Answer | None, **parameters: str) -> None:
    """The browser went to the registered place with these parameters alone."""
    assert answer is not None, run.browser.page.text
    assert answer.uri.partition("?")[0] == run.url("logged-out")
    assert (answer.mode, answer.parameters) == ("query", parameters)


def check_is_over(run: Run) -> None:
    """Nobody is signed in any more."""
    answer = run.authorize(prompt="none")
    assert answer.parameters["error"] == "login_required"


def check_refused(run: Run, **parameters: str) -> None:
    """It ends on a page of ours that says so, and the login goes on."""
    assert log_out(run, **parameters) is None
    assert run.browser.page.status == 400
    assert "Reference" in run.browser.page.text
    assert run.complete(prompt="none").claims["sub"]


def long_state() -> str:
    """128 characters."""
    return secrets.token_hex(64)


def unsigned_copy(token: str) -> str:
    """The same claims with `alg: none` and no signature."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def forged_by_client(client: RelyingParty, claims: dict[str, object]) -> str:
    """What a client makes itself: its own key, and who issued it and whom it is for the wrong way round."""
    return client.sign({**claims, "iss": client.id, "aud": client.provider["issuer"]})
