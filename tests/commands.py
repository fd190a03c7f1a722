"""Commands as the documentation shows them, and a check of them against the parser."""

import re
import shlex
from pathlib import Path
from typing import Any

from typer.main import get_command

from glioscope.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
_FENCE = re.compile(r"^```(console|bash|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands_of(page: Path) -> list[str]:
    """Lines after `$ ` in console blocks, and every line of bash blocks; continued lines joined."""
    lines = []
    for kind, block in _FENCE.findall(page.read_text("utf-8")):
        joined = block.replace("\\\n", " ").splitlines()
        lines += [x[2:] for x in joined if x.startswith("$ ")] if kind == "console" else joined
    return [line for line in lines if line.strip() and not line.startswith("#")]


def words_of(line: str) -> list[str]:
    return shlex.split(line, comments=True)


def check_glioscope(words: list[str]) -> None:
    """Parse `words` as the arguments of `glioscope`, without running anything.

    Raises:
        typer.TyperException: an option or a command that does not exist.
        AssertionError: a required option or argument is left out.
    """
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        if below := command.commands.get(words[0]):
            command, words = below, words[1:]
        elif default := getattr(command, "default", None):
            command = command.commands[default]
        else:
            break
    context = command.context_class(command, info_name=command.name)
    given, rest, _ = command.make_parser(context).parse_args(args=list(words))
    # A group leaves what it does not know to a command below it, which then does not exist.
    assert not (rest and hasattr(command, "commands")), f"no command {rest[0]!r}"
    if "help" in given or "describe" in given:
        return
    missing = [p.name for p in command.params if p.required and not given.get(p.name)]
    assert not missing, f"{command.name} needs {missing}"
