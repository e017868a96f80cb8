"""NIST SP 800-63B-4 §3.1.1.2: long enough and not among those that are guessed first. No rules of composition."""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Final

from idp.domain.credentials.hashing import MAXIMUM_BYTES, normalise
from idp.infra.words import Words, say

_reading: Final = threading.Lock()
_SHORTEST_CONTEXT_WORD: Final = 3
_OWN_CHARACTERS: Final = 8
_DISTINCT_CHARACTERS: Final = 5
_LONGEST_GUESSED: Final = 40
_ROWS: Final = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


def problems(password: str, context: Iterable[str], minimum: int) -> list[Words]:
    """What is wrong with a new password, in plain words; empty if it may be used.

    Args:
        password: as typed.
        context: what an attacker would try first: the address, the name of this deployment, of the app.
        minimum: least number of characters (code points after NFKC).
    """
    text = unicodedata.normalize("NFKC", password[: MAXIMUM_BYTES * 4])
    if len(text) < minimum:
        return [say("Use at least {minimum} characters. This one has {count}.", minimum=minimum, count=len(text))]
    if normalise(password) is None:
        return [say("Use at most {count} bytes (about {count} plain letters).", count=MAXIMUM_BYTES)]
    folded = text.casefold()
    own, found = _without(folded, _words(context))
    if found and (len(own) < _OWN_CHARACTERS or _is_guessable(own)):
        made_of = ", ".join(f"“{word}”" for word in found)
        return [
            say(
                "This one is made of {words}, which others would try first. Choose words that do not belong together.",
                words=made_of,
            )
        ]
    if _is_guessable(folded):
        return [say("This is one of the passwords that are tried first. Choose words that do not belong together.")]
    return []


def _words(context: Iterable[str]) -> list[str]:
    """The words of the context and their parts, longest first."""
    words: set[str] = set()
    for phrase in context:
        folded = unicodedata.normalize("NFKC", phrase).casefold().strip()
        words |= {folded, *re.split(r"[\W_]+", folded)}
    # The end of a domain is in many honest passwords ("com", "net")
    return sorted(
        (word for word in words if len(word) >= _SHORTEST_CONTEXT_WORD and word not in _ENDINGS), key=_longest
    )


def _longest(word: str) -> tuple[int, str]:
    return -len(word), word


def _without(text: str, words: Iterable[str]) -> tuple[str, list[str]]:
    """The text with all of these words taken out, and those that were in it."""
    found = []
    for word in words:
        if word in text:
            text = text.replace(word, "")
            found.append(word)
    return text, found


def _is_guessable(text: str) -> bool:
    if len(text) > _LONGEST_GUESSED:
        return False
    letters = re.sub(r"[\W_]+", "", text)
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    candidates = {text, letters, core, _unit(text), _unit(letters), _unit(core)}
    return (
        (text.isascii() and len(set(text)) < _DISTINCT_CHARACTERS)
        or any(candidate in _common() for candidate in candidates)
        or _is_row(letters)
        or _is_row(_unit(letters))
    )


def _unit(text: str) -> str:
    """What the text repeats: "abc" of "abcabcab"; the text itself if it does not repeat."""
    for length in range(1, len(text) // 2 + 1):
        unit = text[:length]
        if (unit * (len(text) // length + 1)).startswith(text):
            return unit
    return text


def _is_row(text: str) -> bool:
    """Whether the text runs along the alphabet, the digits or the keys, forth or back, in one or two goes."""
    runs = [text] if len(text) < _OWN_CHARACTERS else [text[:split] for split in (len(text), len(text) // 2)]
    return any(_runs_along(run) for run in runs)


def _runs_along(text: str) -> bool:
    return any(text in row * 2 or text[::-1] in row * 2 for row in _ROWS) if text else False


_ENDINGS: Final = frozenset({"com", "org", "net", "www", "the", "and", "for", "app"})


def _common() -> frozenset[str]:
    """The passwords that everybody tries, read when the first one is chosen."""
    with _reading:  # of two at once the second would find what the first has emptied
        return _read_common()


@cache
def _read_common() -> frozenset[str]:
    ranked: dict[str, dict[str, int]] = import_module("zxcvbn.matching").RANKED_DICTIONARIES
    common = frozenset(ranked["passwords"])
    # What else the package loads, first names and films, is 10 MB of each process
    import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS.clear()
    ranked.clear()
    return common
