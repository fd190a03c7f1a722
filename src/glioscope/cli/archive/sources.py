"""Studies behind folders, patterns, ZIPs and lists."""

import glob
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.job import Wishes
from glioscope.errors import InputError, UsageError

if TYPE_CHECKING:
    from glioscope.reading.inputs import StudyInput

LIST = "@"


def find_studies(sources: Iterable[str], wishes: Wishes) -> "list[StudyInput]":
    """Studies of all sources, unread, each path once.

    A source is a path, a pattern (`/archive/*/*.zip`), or `@FILE` with a path in each line, named
    from the folder of the list. A folder that is no study itself stands for what lies in it.

    Raises:
        UsageError: a list that cannot be read, or nothing was named.
        InputError: no source holds a study.
    """
    paths = [inner for source in sources for path in _paths(source) for inner in _studies(path)]
    if not paths:
        raise InputError("cli.archive_nothing")
    return wishes.find(list(dict.fromkeys(paths)))


def _paths(source: str) -> list[Path]:
    if source.startswith(LIST):
        return _listed(Path(source.removeprefix(LIST)))
    if not Path(source).exists() and glob.has_magic(source):
        return sorted(Path(found) for found in glob.glob(source, recursive=True))  # noqa: PTH207
    return [Path(source)]


def _listed(path: Path) -> list[Path]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("cli.archive_list", name=path.name) from error
    return [path.parent / line.strip() for line in lines if line.strip()]


def _studies(path: Path) -> list[Path]:
    """The path, or what lies in it where it is a folder of ZIPs, NIfTI files and folders."""
    from glioscope.reading.inputs import find_inputs

    if not path.is_dir():
        return [path]
    try:
        find_inputs([path])
    except InputError:
        inside = [p for p in sorted(path.iterdir()) if not p.name.startswith(".")]
        folders_and_zips = [p for p in inside if p.is_dir() or p.suffix.lower() == ".zip"]
        return folders_and_zips or [path]
    return [path]
