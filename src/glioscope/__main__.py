"""The `glioscope` command, and `python -m glioscope`, which is the same."""

import atexit
import gc
import sys

# `glioscope.cli.support.stopping.INTERRUPTED`, which may not be loaded yet.
_INTERRUPTED = 130
# New objects between two looks for cycles; 700 without this.
_OBJECTS = 50_000


def run() -> None:
    """Run the command line with `sys.argv` and leave with its exit code.

    Raises:
        SystemExit: always; the codes are in docs/reference/exit-codes.md.
    """
    # A command makes few cycles and ends soon. To look for them often, and through every library
    # once more at the end, takes a tenth of its time.
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    atexit.register(gc.freeze)
    try:
        from glioscope.cli.main import run as run_words
        from glioscope.cli.support.libraries.heap import give_back

        give_back()
        run_words()
    except KeyboardInterrupt:  # before a command has begun: there is nothing to tell
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    run()
