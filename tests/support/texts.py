"""The texts that can be said in another language, read out of templates and code: `t("…")`, `say("…")`.

    python -m tests.support.texts

adds to every catalogue what it lacks, with nothing beside it, and takes out what is no text any more.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import normalize, read_po
from jinja2 import Environment, nodes

from idp.web.languages import CATALOGUES, ENGLISH, LANGUAGES
from idp.web.pages import template_folder

PACKAGE = CATALOGUES.parents[1]
HEADER = 'msgid ""\nmsgstr ""\n"Language: {tag}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


class NotLiteralError(Exception):
    """A key that is not written out cannot be found by whoever translates."""


def keys() -> list[str]:
    """Every text, sorted."""
    found = {key for path in sorted(template_folder().rglob("*.*")) for key in in_template(path.read_text(), path)}
    found |= {key for path in sorted(PACKAGE.rglob("*.py")) for key in in_code(path.read_text(), path)}
    return sorted(found)


def in_template(source: str, path: Path) -> Iterator[str]:
    """The keys of `t("…")`."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t":
            first = call.args[0] if call.args else None
            if not isinstance(first, nodes.Const) or not isinstance(first.value, str):
                raise NotLiteralError(f"{path}:{call.lineno}")
            yield first.value


def in_code(source: str, path: Path) -> Iterator[str]:
    """The keys of `say("…")`."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say":
            first = call.args[0] if call.args else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                raise NotLiteralError(f"{path}:{call.lineno}")
            yield first.value


def read(tag: str) -> dict[str, str]:
    """A catalogue as it stands: text → translation, which may be empty."""
    path = CATALOGUES / f"{tag}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale=tag) if message.id}


def write(tag: str, translated: dict[str, str]) -> None:
    """The catalogue with all texts, in their order: who changed it when is told by Git."""
    entries = [
        f"msgid {normalize(key, width=0)}\nmsgstr {normalize(translated.get(key, ''), width=0)}\n" for key in keys()
    ]
    (CATALOGUES / f"{tag}.po").write_text("\n".join([HEADER.format(tag=tag), *entries]), encoding="utf-8")


def refresh() -> None:
    """Bring every catalogue to the texts of today; what is translated stays."""
    for language in LANGUAGES:
        if language is not ENGLISH and (CATALOGUES / f"{language.tag}.po").exists():
            write(language.tag, read(language.tag))
            missing = sum(not said for said in read(language.tag).values())
            print(f"{language.tag}: {missing} to translate")


if __name__ == "__main__":
    refresh()
