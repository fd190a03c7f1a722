"""A watched folder: what is whole is told, what was taken is put aside."""

from pathlib import Path

import pytest

from glioscope.pacs.config import FolderSource
from glioscope.pacs.sources.folder import TAKEN, Folder
from glioscope.pacs.sources.source import SourceDown
from mr_heads import head


def test_a_study_is_told_when_its_files_have_stopped_growing(tmp_path: Path) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    (inbox / "CD" / "A").mkdir(parents=True)
    out.mkdir()
    one = head()
    for number, content in enumerate(one.files):
        (inbox / "CD" / "A" / f"IM{number}").write_bytes(content)
    (inbox / "readme.txt").write_text("no DICOM")
    folder = Folder(FolderSource(name="inbox", path=inbox))
    assert folder.moved(None) == ([], None)
    [moved], _ = folder.moved(None)
    assert moved.study_uid == one.uid
    growing = inbox / "CD" / "A" / "IM0"
    growing.write_bytes(one.files[0] + b"\0\0")
    census = folder.census(one.uid)
    assert sum(census.values()) == len(one.files) - 1
    census = folder.census(one.uid)
    assert sum(census.values()) == len(one.files)
    folder.fetch(one.uid, census, out)
    assert len(list(out.iterdir())) == len(one.files)
    folder.taken(one.uid, census)
    folder.moved(None)
    assert folder.moved(None) == ([], None)
    assert len(list((inbox / TAKEN / "CD" / "A").iterdir())) == len(one.files)
    assert (inbox / "readme.txt").exists()


def test_a_folder_that_is_not_there_is_asked_again(tmp_path: Path) -> None:
    folder = Folder(FolderSource(name="inbox", path=tmp_path / "none"))
    with pytest.raises(SourceDown):
        folder.moved(None)
