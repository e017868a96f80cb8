"""Each language says all there is to say, with the same things in it, and nothing else."""

import re
from pathlib import Path
from string import Formatter

import pytest

from idp.web.languages import CATALOGUES, ENGLISH, LANGUAGES
from tests.support import texts

TAGS = sorted(path.stem for path in CATALOGUES.glob("*.po"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


@pytest.fixture(scope="module")
def keys() -> list[str]:
    return texts.keys()


def test_there_is_no_catalogue_of_a_language_that_nobody_can_choose():
    assert set(TAGS) <= {language.tag for language in LANGUAGES} - {ENGLISH.tag}


@pytest.mark.parametrize("tag", TAGS)
def test_a_catalogue_is_complete_and_holds_nothing_else(tag, keys):
    """When this fails: python -m tests.support.texts, then translate what is empty."""
    known = texts.read(tag)
    assert [key for key in keys if not known.get(key)] == []
    assert sorted(known) == keys


@pytest.mark.parametrize("tag", TAGS)
def test_a_translation_has_the_same_things_in_it(tag):
    for key, said in texts.read(tag).items():
        if said:
            assert placeholders(said) == placeholders(key), key
            assert edges(said) == edges(key), key
            assert not re.search(r"[\n<>]", said), key


def test_values_in_a_text_are_named(keys):
    assert all(name.isidentifier() for key in keys for name in placeholders(key))


@pytest.mark.parametrize("source", ["{{ t(page.title) }}", "{{ t('a' ~ page.b) }}"])
def test_a_template_cannot_say_what_no_translator_finds(source):
    with pytest.raises(texts.NotLiteralError):
        list(texts.in_template(source, Path("a.html")))


def test_code_cannot_say_what_no_translator_finds():
    with pytest.raises(texts.NotLiteralError):
        list(texts.in_code("say(f'a {b}')", Path("a.py")))
