"""What commands say beside their results: notices and progress, all on stderr.

stdout stays free for results that another program may read.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Notices:
    """Lines on stderr. `quiet` leaves only errors, `verbose` adds details."""

    quiet: bool = False
    verbose: bool = False

    def error(self, text: str) -> None:
        """A failure that does not end the command."""
        print(f"error: {text}", file=sys.stderr, flush=True)

    def warning(self, text: str) -> None:
        """Something the reader of the result must know; hidden by `quiet`."""
        if not self.quiet:
            print(f"warning: {text}", file=sys.stderr, flush=True)

    def detail(self, text: str) -> None:
        """What only `verbose` shows."""
        if self.verbose:
            print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(label: str, notices: Notices) -> Generator[Advance | None, None, None]:
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
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
