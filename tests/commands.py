"""Commands as the documentation shows them, and a check of them against the parser."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

from glioscope.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
DEPLOY = ROOT / "deploy"
_FENCE = re.compile(r"^ *```(console|bash|sh|bat)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def commands_of(page: Path) -> list[str]:
    """Lines after `$ ` in console blocks, and every line of others; continued lines joined.

    Paths of Windows have slashes then, as `words_of` needs it.
    """
    lines = []
    for kind, block in _FENCE.findall(page.read_text("utf-8")):
        joined = [line.strip() for line in block.replace("\\\n", " ").splitlines()]
        if kind == "bat":
            joined = [line.replace("\\", "/") for line in joined]
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


# Programs of the system in how-tos; nothing of ours stands in their arguments.
_OF_THE_SYSTEM = {"apt", "useradd", "createuser", "createdb", "curl"}


def check_installing(words: list[str]) -> bool:
    """Check what how-tos type to install and to start: our files, units, services, options.

    Returns whether the command is known at all.

    Raises:
        AssertionError: a file, a unit or a service that does not exist.
        typer.TyperException: an option or a command of ours that does not exist.
    """
    program = Path(words[0]).name
    if program == "sudo":
        return check_installing(words[3:] if words[1] == "-u" else words[1:])
    if program in ("glioscope", "glioscope.exe"):
        check_glioscope(words[1:])
    elif program in ("sh", "install.bat"):
        assert (DEPLOY / "offline" / words[program == "sh"]).is_file()
    elif program == "schtasks":
        return check_installing(words_of(words[words.index("/tr") + 1]))
    elif program == "install":
        for word in words[1:]:
            assert not word.startswith("systemd/") or (DEPLOY / word).is_file(), word
    elif program == "systemctl":
        for word in words[1:]:
            unit = re.sub(r"@\d+$", "@", word)
            named = word.startswith("glioscope")
            assert not named or (DEPLOY / "systemd" / f"{unit}.service").is_file(), word
    elif program == "docker":
        _check_compose(words[1:])
    else:
        return program in _OF_THE_SYSTEM
    return True


def _check_compose(words: list[str]) -> None:
    """`compose`, its files, a command, and behind `run` a service and what it is to do."""
    folder = DEPLOY / "container"
    command = next(word for word in words if word in ("build", "run", "up"))
    place = words.index(command)
    files = [words[n + 1] for n in range(place) if words[n] == "-f"]
    assert words[0] == "compose" and all((folder / file).is_file() for file in files), files
    if command == "run":
        service, *rest = [word for word in words[place + 1 :] if word != "--rm"]
        assert service in yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"]
        check_glioscope(rest)
