"""The error and the exit code of several studies together, for `analyze` and `inspect`."""

from collections.abc import Sequence

from glioscope.errors import BatchFailed, GlioscopeError, MissingSequence
from glioscope.texts.message import message


def code_of(codes: Sequence[int], count: int) -> int:
    """The exit code of `count` studies of which those with `codes` failed.

    0 when none failed, 6 when some did, and when all did the lowest of their codes.
    """
    if not codes:
        return 0
    return min(codes) if len(codes) == count else BatchFailed.exit_code


def together(errors: Sequence[GlioscopeError], count: int, written: int) -> GlioscopeError | None:
    """What to end with when `errors` came of `count` studies and `written` were written.

    None without an error, of one study its own, and of several one with the code of `code_of`.
    """
    if not errors:
        return None
    if count == 1:
        return errors[0]
    code = code_of([error.exit_code for error in errors], count)
    failed = len(errors)
    if code == BatchFailed.exit_code:
        return BatchFailed("cli.batch_failed", failed=failed, count=count, written=written)
    kind = next(type(error) for error in errors if error.exit_code == code)
    said = "cli.none_has_flair" if code == MissingSequence.exit_code else "cli.all_failed"
    return kind.of(message(said, count=count))
