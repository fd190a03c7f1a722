"""Can the results be written? Asked before any work, so that no hour of it is lost."""

import errno
import shutil
import tempfile
from pathlib import Path

from glioscope.errors import UsageError
from glioscope.texts.message import Message, message

# Results of one study are a few MiB; a disk with less than this left is full to all intents.
_LEAST_MIB = 16

_REASONS = {
    "ENOSPC": "cli.disk_full",
    "EDQUOT": "cli.disk_full",
    "EACCES": "cli.no_permission",
    "EPERM": "cli.no_permission",
    "ENOENT": "cli.no_such",
    "EROFS": "cli.read_only",
    "ENOTDIR": "cli.not_a_folder",
    "EEXIST": "cli.not_a_folder",
    "EISDIR": "cli.is_a_folder",
}


def reason_of(error: OSError) -> Message | str:
    """What the system refused; its own English words where it is nothing usual."""
    code = _REASONS.get(errno.errorcode.get(error.errno or 0, ""))
    return message(code) if code else error.strerror or str(error)


def refused(error: OSError) -> Message:
    """What the system refused and of which file, without the folders above it."""
    named = isinstance(error.filename, str) and Path(error.filename).name
    return message("cli.system", where=named or message("cli.a_file"), reason=reason_of(error))


def check_folder(folder: Path) -> None:
    """Refuse a folder for results that cannot be made or written to; nothing is left in it.

    Raises:
        UsageError: a file stands there or above, no permission, or the disk is full.
    """
    try:
        above = (folder, *folder.absolute().parents)
        there = next(p for p in above if p.exists() or p.is_symlink())
        if not there.exists():  # a link to nowhere
            raise UsageError("cli.output", path=str(folder), reason=message("cli.no_such"))
        if not there.is_dir():
            raise UsageError("cli.output_file", path=str(folder), file=there.name)
        with tempfile.NamedTemporaryFile(dir=there, prefix=".glioscope.") as probe:
            probe.write(bytes(4096))
            probe.flush()
        free = shutil.disk_usage(there).free / 2**20
    except OSError as error:
        raise UsageError("cli.output", path=str(folder), reason=reason_of(error)) from error
    if free < _LEAST_MIB:
        raise UsageError("cli.output_full", path=str(folder), free=free, least=_LEAST_MIB)


def check_file(file: Path) -> None:
    """Refuse a file for results that cannot be written.

    Raises:
        UsageError: it is a folder, or its folder cannot be written to (`check_folder`).
    """
    if file.is_dir():
        raise UsageError("cli.output_folder", path=str(file))
    check_folder(file.parent)
