"""The one way to fetch what an app names: never inward, but where the settings say so."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from idp.domain.tenant import settings
from idp.infra.db import commit
from idp.infra.http_client import Fetched, Fetcher


def fetch(url: str) -> Fetched:
    """Fetch a document. What the request has done so far is committed: no lock is held while others take their time.

    Raises:
        FetchError: saying why it was not fetched.
    """
    commit()
    return fetcher().get(url)


def send(url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
    """Send a document, as `fetch` fetches one.

    Raises:
        FetchError: it is not known whether it arrived.
    """
    commit()
    return fetcher().post(url, body, headers)


def fetcher() -> Fetcher:
    """The fetcher with this deployment's limits."""
    chosen = settings.current()
    return _fetcher(frozenset(chosen.private_hosts), chosen.ca_bundle)


@lru_cache(maxsize=4)
def _fetcher(private_hosts: frozenset[str], ca_bundle: Path | None) -> Fetcher:
    return Fetcher(private_hosts=private_hosts, ca_bundle=ca_bundle)
