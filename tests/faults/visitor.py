"""A person's browser, without scripts, in front of several nodes: cookies know no port, as behind a balancer."""

from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.faults.nodes import Node
from tests.faults.seeding import CALLBACK, CHALLENGE, PASSWORD
from tests.faults.volley import form
from tests.support.forms import Form, read


class Visitor:
    """One browser. Redirects are followed by whoever asks for it, so that each step may go to another node."""

    def __init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False

    def get(self, node: Node, path: str) -> requests.Response:
        return self._http.get(node.url(path), allow_redirects=False, timeout=60)

    def submit(self, node: Node, page: requests.Response, **fields: str) -> requests.Response:
        """Fill in the first form of a page."""
        found = first_form(page)
        return self._http.post(node.url(found.action), data=found.filled(**fields), allow_redirects=False, timeout=60)

    def raw_submission(self, page: requests.Response, **fields: str) -> bytes:
        """The same as it goes over the wire, to be sent at a chosen instant."""
        found = first_form(page)
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        return form(found.action, {"Cookie": cookies}, **found.filled(**fields))

    def authorize(self, node: Node, client_id: str, **more: str) -> requests.Response:
        query = {
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid email offline_access",
            "state": "the state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return self.get(node, f"/authorize?{urlencode(query)}")

    def sign_in(self, nodes: list[Node], client_id: str, email: str) -> str:
        """Through the pages to a code, each step at the next node."""
        first, second = nodes[0], nodes[-1]
        page = self.get(second, path_of(self.authorize(first, client_id)))
        done = self.submit(first, page, username=email, password=PASSWORD)
        assert done.status_code == 303, (done.status_code, done.text)
        return parameters_of(self.get(second, path_of(done)))["code"]


def first_form(page: requests.Response) -> Form:
    """What the page asks for."""
    forms = read(page.text).forms
    assert forms, f"{page.status_code}: {page.text}"
    return forms[0]


def path_of(redirect: requests.Response) -> str:
    """Where a redirect leads on our site."""
    assert redirect.status_code == 303, (redirect.status_code, redirect.text)
    parts = urlsplit(redirect.headers["Location"])
    return f"{parts.path}?{parts.query}"


def parameters_of(redirect: requests.Response) -> dict[str, str]:
    """What the app is told in a redirect."""
    location = redirect.headers["Location"]
    assert location.startswith(CALLBACK), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
