"""The `glioscope` command, and `python -m glioscope`, which is the same."""

import sys

# `glioscope.cli.support.stopping.INTERRUPTED`, which may not be loaded yet.
_INTERRUPTED = 130


def run() -> None:
    """Run the command line with `sys.argv` and leave with its exit code.

    Raises:
        SystemExit: always; the codes are in docs/reference/exit-codes.md.
    """
    try:
        from glioscope.cli.main import run as run_words

        run_words()
    except KeyboardInterrupt:  # before a command has begun: there is nothing to tell
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    run()
