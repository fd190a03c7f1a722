"""What commands say beside their results: notices and progress, all on stderr.

stdout stays free for results that another program may read.
"""

import sys
import traceback
import unicodedata
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from glioscope.errors import UsageError
from glioscope.settings import Settings, language_here
from glioscope.texts.catalogue import Language
from glioscope.texts.message import Message, message

Advance = Callable[[int, int], None]
Step = Callable[[Message, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Notices:
    """Lines on stderr. `quiet` leaves only errors, `verbose` adds details."""

    quiet: bool = False
    verbose: bool = False
    lang: Language = field(default_factory=language_here)

    def say(self, said: Message | str) -> str:
        """A message in the reader's language; a text as it is."""
        return said if isinstance(said, str) else said.in_language(self.lang)

    def error(self, said: Message | str) -> None:
        """A failure."""
        self._print(message("cli.error", said=self.say(said)))

    def warning(self, said: Message | str, about: str = "") -> None:
        """Something the reader of the result must know; hidden by `quiet`.

        `about` is the study that it tells of.
        """
        if not self.quiet:
            text = f"{about}: {self.say(said)}" if about else self.say(said)
            self._print(message("cli.warning", said=text))

    def detail(self, said: Message | str, about: str = "") -> None:
        """What only `verbose` shows."""
        if self.verbose:
            self._print(f"{about}: {self.say(said)}" if about else said)

    def note(self, said: Message | str) -> None:
        """What went as it should and is good to know; hidden by `quiet`."""
        if not self.quiet:
            self._print(said)

    def trace(self) -> None:
        """Where the error that is being handled happened, or how to see it."""
        if self.verbose or debugging():
            traceback.print_exc()
        else:
            self._print(message("cli.debug"))

    def _print(self, said: Message | str) -> None:
        print(_shown(self.say(said)), file=sys.stderr, flush=True)


def _shown(text: str) -> str:
    """Without what moves a cursor, breaks a line or turns letters round: file names may hold it."""
    return "".join(letter if _is_seen(letter) else "?" for letter in text)


def _is_seen(letter: str) -> bool:
    # Zs: spaces, as those between figures.
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


@contextmanager
def progress(label: Message | str, notices: Notices) -> Generator[Advance | None, None, None]:
    """A bar that is gone when the block ends; None where stderr is no terminal or is to be quiet.

    The yielded function takes how many are done and how many there are.
    """
    if notices.quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    console = Console(stderr=True)
    # rich sends what is printed meanwhile to its own console, and stdout may lead elsewhere.
    both = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=both) as bar:
        task = bar.add_task(notices.say(label), total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


@contextmanager
def steps(notices: Notices, *, bars: bool) -> Generator[Step, None, None]:
    """Takes what is being done, how much of it is done and how much there is, step after step.

    Each step is a bar, or with `bars` off, or where stderr is no terminal, a line at its beginning.
    """
    with ExitStack() as bar:
        current: Message | None = None
        advance: Advance | None = None

        def told(what: Message, done: int, count: int) -> None:
            nonlocal current, advance
            if what != current:
                bar.close()
                current = what
                advance = bar.enter_context(progress(what, notices)) if bars else None
                if advance is None:
                    notices.note(what)
            if advance:
                advance(done, count)
            if done == count:
                bar.close()
                current = None

        yield told


def tell(
    study: str, warnings: Sequence[Message], timings_s: Mapping[str, float], notices: Notices
) -> None:
    """Warnings of an analysis, and how long each step took."""
    for warning in warnings:
        notices.warning(warning, about=study)
    steps = (message("cli.step", step=step, seconds=seconds) for step, seconds in timings_s.items())
    notices.detail(", ".join(map(notices.say, steps)), about=study)


def debugging() -> bool:
    """Whether the settings ask for tracebacks; so do settings that cannot be read."""
    try:
        return Settings.from_environment().debug
    except UsageError:
        return True
