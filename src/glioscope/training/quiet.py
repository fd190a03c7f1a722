"""TensorFlow's and absl's own log lines kept off the terminal of somebody who trains."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module

_STDERR = 2


def quiet_tensorflow() -> None:
    """Load Keras and what it computes with, in silence.

    Call it before anything imports Keras. Errors stay, and so does a log level that is set already.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # While it loads, TensorFlow writes to the descriptor itself, whatever the level.
    with _kept_back():
        import_module("keras")


@contextmanager
def _kept_back() -> Generator[None, None, None]:
    """Keep back what is written to stderr, also from C++; it is shown when an import fails."""
    sys.stderr.flush()
    before = os.dup(_STDERR)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), _STDERR)
        try:
            yield
        except ImportError:
            aside.seek(0)
            os.write(before, aside.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(before, _STDERR)
            os.close(before)
