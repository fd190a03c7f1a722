# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""A watched folder: whatever DICOM is put into it, in any order of subfolders."""

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydicom import dcmread
from typing_extensions import override

from glioscope.files import move
from glioscope.pacs.config import FolderSource
from glioscope.pacs.ours import is_ours
from glioscope.pacs.sources.source import Census, Moved, Source, SourceDown
from glioscope.reading.dicom.files import DICOM_DAMAGE
from glioscope.reading.dicom.text import text
from glioscope.reading.quiet import quietly

TAKEN = "taken"
_TAGS = ["StudyInstanceUID", "SeriesInstanceUID", "Modality", "SeriesDescription"]


class Folder(Source):
    """One folder. `cursor` is left alone: what lies there is what there is."""

    def __init__(self, config: FolderSource) -> None:
        self._config = config
        # By path: its size and time of change at the last look, and once these have stayed the
        # same for a look, study and series of an MR picture.
        self._marks: dict[Path, tuple[int, int]] = {}
        self._known: dict[Path, tuple[str, str] | None] = {}

    @property
    @override
    def name(self) -> str:
        return self._config.name

    @property
    @override
    def poll_s(self) -> float:
        return self._config.poll_s

    @override
    def moved(self, cursor: str | None) -> tuple[Iterable[Moved], str | None]:
        counts = Counter(study for study, _, _ in self._files())
        return [Moved(uid, str(count)) for uid, count in sorted(counts.items())], None

    @override
    def census(self, study_uid: str) -> Census:
        return dict(Counter(series for study, series, _ in self._files() if study == study_uid))

    @override
    def fetch(self, study_uid: str, series: Iterable[str], folder: Path) -> None:
        wanted = set(series)
        for number, (study, uid, path) in enumerate(self._files()):
            if study == study_uid and uid in wanted:
                try:
                    shutil.copyfile(path, folder / f"{number}.dcm")
                except FileNotFoundError as error:
                    raise SourceDown("a file went away") from error

    @override
    def taken(self, study_uid: str, series: Iterable[str]) -> None:
        wanted = set(series)
        for study, uid, path in self._files():
            if study == study_uid and uid in wanted:
                target = self._config.path / TAKEN / path.relative_to(self._config.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                move(path, target)

    @override
    def close(self) -> None:
        """Nothing is open."""

    def _files(self) -> list[tuple[str, str, Path]]:
        root = self._config.path
        if not root.is_dir():
            raise SourceDown("the folder is not there")
        found: list[tuple[str, str, Path]] = []
        for path in sorted(root.rglob("*")):
            if TAKEN in path.relative_to(root).parts[:1] or path.name.startswith("."):
                continue
            told = self._look(path)
            if told:
                found.append((*told, path))
        return found

    def _look(self, path: Path) -> tuple[str, str] | None:
        """Study and series; None of what is no MR picture, or is still being written."""
        try:
            if not path.is_file():
                return None
            state = path.stat()
        except FileNotFoundError:
            return None
        mark = (state.st_size, state.st_mtime_ns)
        if self._marks.get(path) != mark:
            self._marks[path] = mark
            self._known.pop(path, None)
            return None
        if path not in self._known:
            self._known[path] = _header(path)
        return self._known[path]


def _header(path: Path) -> tuple[str, str] | None:
    """Study and series of an MR picture of a scanner; None of anything else."""
    try:
        with quietly():
            header = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
            tags = {keyword: text(header, keyword) for keyword in _TAGS}
    except DICOM_DAMAGE:
        return None
    if tags["Modality"] != "MR" or is_ours(tags) or not tags["StudyInstanceUID"]:
        return None
    return tags["StudyInstanceUID"], tags["SeriesInstanceUID"]
