"""What every command of glioscope has in common: how its help looks, older spellings, stopping."""

from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from glioscope.cli.support.stopping import when_stopped, written_to

HELP = {"help_option_names": ["-h", "--help"]}

# Spellings of earlier versions, still understood and no longer shown.
OLDER = {"--out": "--output"}

# Parameters that say where a command's results go.
_PLACES = ("out", "output", "destination")


def present(words: list[str]) -> list[str]:
    """Words with the present spelling of each option; what stands after `--` is no option."""
    end = words.index("--") if "--" in words else len(words)
    return [_present(word) for word in words[:end]] + words[end:]


def _present(word: str) -> str:
    name, equals, value = word.partition("=")
    return f"{OLDER.get(name, name)}{equals}{value}"


def _without_type(params: list[Any]) -> list[Any]:
    """A flag takes no value: no `<bool>` stands beside it."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


class Command(TyperCommand):
    """One command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Options and arguments, as the help shows them."""
        return _without_type(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words of this command, older spellings too."""
        return super().parse_args(ctx, present(args))

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            Stopped: Ctrl-C or SIGTERM.
        """
        # An object store's URL is no path that is there.
        places = (Path(ctx.params[name]) for name in _PLACES if ctx.params.get(name))
        with when_stopped(written_to(next(places, None))):
            return super().invoke(ctx)


class Group(TyperGroup):
    """Commands below one name."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Options, as the help shows them."""
        return _without_type(super().get_params(ctx))
