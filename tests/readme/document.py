"""README.md as data: its blocks of code, and the parts of it that follow from the program."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from idp.cli import main
from idp.config import Settings

README = Path(__file__).resolve().parents[2] / "README.md"
WIDTH = 116
GLUE = "\x00"  # an option and its value stay on one line
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Code between fences."""

    language: str
    text: str
    heading: str
    """The heading that it stands under."""


def blocks(language: str | None = None) -> list[Block]:
    text = README.read_text()
    found = [Block(each[1], each[2], _heading_before(text, each.start())) for each in _BLOCK.finditer(text)]
    return [block for block in found if language in {None, block.language}]


def block(heading: str, language: str) -> Block:
    """The only block of this language under a heading."""
    [found] = [each for each in blocks(language) if each.heading == heading]
    return found


def examples(program: str) -> list[str]:
    """The commands of a program that are shown: lines of shell blocks, and what stands in the text."""
    text = README.read_text()
    lines = [line.partition(" #")[0].strip() for each in blocks("sh") for line in each.text.splitlines()]
    prose = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", _BLOCK.sub("", text))
    return sorted({line for line in [*lines, *prose] if line.startswith(f"{program} ") and "…" not in line})


def paths() -> list[str]:
    """The files and folders of this repository that are named."""
    return sorted(set(re.findall(r"(?:^|`)((?:idp|tests)/[\w./]*)", README.read_text(), re.MULTILINE)))


def settings_table() -> str:
    """What README says of the settings, as it follows from them."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        meaning = " ".join((field.description or "").split())
        rows.append(f"| `IDP_{name.upper()}` | {_default(field)} | {meaning} |")
    return "\n".join(rows)


def commands() -> dict[str, click.Command]:
    """Each command by its words: "users create"."""
    found: dict[str, click.Command] = {}
    context = click.Context(main)
    for noun in main.list_commands(context):
        command = main.get_command(context, noun)
        assert command is not None
        verbs = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{noun} {verb}": verbs[verb] for verb in verbs} or {noun: command}
    return found


def usage(words: str, command: click.Command) -> str:
    """The line that README has for a command; every command of a noun takes --json, which is not repeated."""
    parts = [_argument(each) for each in command.params if isinstance(each, click.Argument)]
    parts += [
        _option(each)
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden and each.name != "as_json"
    ]
    line = f"idp {' '.join([words, *(part.replace(' ', GLUE) for part in parts)])}"
    return textwrap.fill(line, WIDTH, subsequent_indent="    ", break_on_hyphens=False).replace(GLUE, " ")


def members() -> dict[str, list[str]]:
    """What README's table says that each command prints; for `list`, each member of the array."""
    text = README.read_text()
    rows = re.findall(r"^\| `([\w-]+) ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return {
        f"{noun} {verb}": re.findall(r"`(\w+)`", printed.partition("(")[0])
        for noun, verbs, printed in rows
        for verb in re.findall(r"([\w-]+)`", verbs)
    }


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "`sqlite:///var/idp.sqlite3`" if field.default_factory_takes_validated_data else "one a core"
    if field.default in (None, ()):
        return "–"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _argument(argument: click.Argument) -> str:
    return argument.metavar or str(argument.name).upper()


def _option(option: click.Option) -> str:
    words = "/".join([*option.opts, *option.secondary_opts])
    if not option.is_flag:
        choices = option.type.choices if isinstance(option.type, click.Choice) else None
        words += f" {'|'.join(choices) if choices else option.metavar or _metavar(option)}"
    words = words if option.required else f"[{words}]"
    return f"{words}…" if option.multiple else words


def _metavar(option: click.Option) -> str:
    if isinstance(option.type, click.File):
        return "FILE"
    return str(option.name).rpartition("_")[2].upper()


def _heading_before(text: str, place: int) -> str:
    return re.findall(r"^#+ (.+)$", text[:place], re.MULTILINE)[-1]
