"""What is DICOM, whatever its name; what is skipped and counted; character sets."""

import gc
import shutil
import sys
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from dicom_datasets import FLAIR, T1, datasets, file_of, head, series, write
from glioscope.errors import InputError
from glioscope.reading.containers.folder import open_container
from glioscope.reading.dicom import files as dicom_files
from glioscope.reading.dicom.files import scan, study_uid_in
from glioscope.reading.dicom.study import find_studies, read_dicom
from glioscope.reading.dicom.text import declare, text, undeclared
from glioscope.reading.inputs import find_inputs
from glioscope.study import Channel
from phantoms import grid_of

IMAGE = head(grid_of("axial", (5, 8, 7)))
CP1251 = "Аксиальный FLAIR до контраста".encode("cp1251")


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A CD: pictures deep down without endings, a viewer, a report and a DICOMDIR."""
    root = tmp_path / "disc"
    write(datasets(IMAGE), root / "DICOM" / "A" / "B")
    write(datasets(head(IMAGE.grid, Channel.T1), T1), root / "DICOM" / "C")
    (root / "AUTORUN.INF").write_text("[autorun]")
    (root / "logo.png").write_bytes(b"\x89PNG no picture at all")
    (root / "viewer").mkdir()
    (root / "viewer" / "viewer.exe").write_bytes(b"MZ" + bytes(400))
    (root / "empty").write_bytes(b"")
    return root


def test_everything_that_is_dicom_is_found(disc: Path) -> None:
    found = scan(open_container(disc))
    assert len(found.files) == 10
    assert found.skipped == {"other": 4}
    assert all("PixelData" not in file.header for file in found.files)
    (one,) = find_inputs([disc])
    assert (one.kind, one.study_id) == ("dicom", find_studies(open_container(disc))[0].study_id)
    assert set(one.read().images) == {Channel.FLAIR, Channel.T1}


def test_a_zip_holds_the_same(disc: Path, tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "study"), "zip", disc))
    assert [f.name for f in scan(open_container(packed)).files] == [
        f.name for f in scan(open_container(disc)).files
    ]
    (one,) = find_inputs([packed])
    assert (one.read().images[Channel.FLAIR].array == read_flair(disc)).all()


def read_flair(path: Path):
    return read_dicom(path).images[Channel.FLAIR].array


def test_one_file_is_a_study_of_its_own(tmp_path: Path) -> None:
    write(datasets(IMAGE, enhanced=True), tmp_path)
    (path,) = tmp_path.iterdir()
    (one,) = find_inputs([path])
    assert one.read().images[Channel.FLAIR].array.size == IMAGE.array.size


def test_a_file_without_preamble(tmp_path: Path) -> None:
    """As exports older than the file format are."""
    write(datasets(IMAGE), tmp_path)
    for path in tmp_path.iterdir():
        ds = pydicom.dcmread(path)
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        ds.save_as(path)
        whole = path.read_bytes()
        path.write_bytes(whole[whole.index(b"\x08\x00\x05\x00") :])
    assert len(scan(open_container(tmp_path)).files) == 5


def test_damaged_files_are_counted_and_told(disc: Path) -> None:
    victim = sorted((disc / "DICOM" / "C").iterdir())[0]
    victim.write_bytes(victim.read_bytes()[:400])
    found = scan(open_container(disc))
    assert found.skipped["damaged"] == 1
    assert tuple(map(str, found.notes)) == (
        "1 files cannot be read as DICOM and were left out; copy them again",
    )


def test_nothing_but_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(InputError, match="expected DICOM, found none in 1 files"):
        scan(open_container(tmp_path))


def write_fileset(paths: list[Path], copy: Path) -> None:
    """A copy of the files with a DICOMDIR."""
    from pydicom.fileset import FileSet

    # pydicom leaves its temporary folders to the garbage collector, which complains.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        fileset = FileSet()
        for path in paths:
            ds = pydicom.dcmread(path)
            ds.PatientID, ds.StudyID, ds.StudyTime = "1", "1", "120000"
            fileset.add(ds)
        fileset.write(copy)
        del fileset
        gc.collect()


def test_a_disc_copied_in_part_is_told(disc: Path) -> None:
    copy = disc.parent / "copy"
    write_fileset(sorted(disc.rglob("IM*")), copy)
    assert scan(open_container(copy)).notes == ()
    assert len(scan(open_container(copy / "DICOMDIR")).files) == 10
    assert scan(open_container(copy)).skipped == {"DICOMDIR": 1}
    next(p for p in copy.rglob("*") if p.is_file() and p.name != "DICOMDIR").unlink()
    (note,) = scan(open_container(copy)).notes
    assert "DICOMDIR lists 1 files that are not there" in str(note)


def test_a_deflated_bomb_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(datasets(IMAGE), tmp_path, DeflatedExplicitVRLittleEndian)
    assert len(scan(open_container(tmp_path)).files) == 5
    monkeypatch.setattr(dicom_files, "_MAX_INFLATED", 500)
    with pytest.raises(InputError, match="5 of them damaged"):
        scan(open_container(tmp_path))


def test_sequences_nested_without_end_are_damage(tmp_path: Path) -> None:
    write(datasets(IMAGE)[:1], tmp_path)
    (path,) = tmp_path.iterdir()
    nested = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    whole = path.read_bytes()
    at = whole.index(b"\x08\x00\x60\x00CS")
    path.write_bytes(whole[:at] + nested * (sys.getrecursionlimit() * 3))
    with pytest.raises(InputError, match="1 of them damaged"):
        scan(open_container(tmp_path))


@pytest.mark.parametrize(
    ("declared", "charset", "expected"),
    [
        (None, None, CP1251.decode("latin-1")),
        (None, "cp1251", CP1251.decode("cp1251")),
        ("ISO_IR 100", "cp1251", CP1251.decode("cp1251")),
        ("ISO_IR 100", None, CP1251.decode("latin-1")),
        (None, "koi8-r", CP1251.decode("koi8-r")),
    ],
)
def test_undeclared_cyrillic_needs_a_setting(
    declared: str | None, charset: str | None, expected: str, tmp_path: Path
) -> None:
    (path,) = raw(tmp_path, CP1251, declared)
    header = pydicom.dcmread(path)
    assert text(header, "SeriesDescription", charset) == expected
    declare(header, charset)
    assert header.SeriesDescription == expected
    assert (header.get("SpecificCharacterSet") == "ISO_IR 192") == (charset is not None)


@pytest.mark.parametrize("charset", [None, "cp1251"])
@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("ISO_IR 144", "iso8859-5"),
        ("ISO_IR 192", "utf-8"),
        ("\\ISO 2022 IR 144", "iso8859-5"),
    ],
)
def test_declared_cyrillic_is_read_as_declared(
    declared: str, codec: str, charset: str | None, tmp_path: Path
) -> None:
    words = "Т2 ФЛАИР аксиально"
    data = words.encode(codec)
    if "2022" in declared:  # the second set is called by an escape sequence
        data = b"\x1b-L" + data
    (path,) = raw(tmp_path, data, declared)
    header = pydicom.dcmread(path)
    assert text(header, "SeriesDescription", charset) == words
    assert not undeclared(header)


def raw(folder: Path, data: bytes, declared: str | None) -> list[Path]:
    """One instance whose description holds exactly these bytes."""
    ds = datasets(IMAGE)[0]
    ds.SeriesDescription = "#" * len(data)
    if declared is None:
        del ds.SpecificCharacterSet
    else:
        ds.SpecificCharacterSet = declared.split("\\")
    write([ds], folder)
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes().replace(b"#" * len(data), data))
    return [path]


def test_names_in_headers_become_unicode(tmp_path: Path) -> None:
    """The patient's too, so that what is written from them is not garbled."""
    found = datasets(IMAGE)
    for ds in found:
        del ds.SpecificCharacterSet
        ds.PatientName = "Ivanov"
    write(found, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"Ivanov", "Иванов".encode("cp1251")))
    headers = read_dicom(tmp_path, charset="cp1251").source.series[Channel.FLAIR].headers
    assert {str(h.PatientName) for h in headers} == {"Иванов"}
    garbled = read_dicom(tmp_path).source.series[Channel.FLAIR].headers
    assert {str(h.PatientName) for h in garbled} == {"Иванов".encode("cp1251").decode("latin-1")}


def test_cyrillic_words_class_a_series(tmp_path: Path) -> None:
    found = datasets(IMAGE)
    for ds in found:
        ds.RepetitionTime = ds.EchoTime = None
        ds.SeriesDescription = "Т2 ФЛАИР"
        ds.SpecificCharacterSet = "ISO_IR 144"
    (one,) = series(found)
    assert one.description == "Т2 ФЛАИР"
    assert file_of(found[0]).header is found[0]
    assert FLAIR.description != one.description


def test_a_cut_header_tells_the_whole_uid_or_none(tmp_path: Path) -> None:
    path = next(write(datasets(IMAGE), tmp_path / "a").iterdir())
    content, uid = path.read_bytes(), FLAIR.study_uid
    end = content.index(uid.encode()) + len(uid)
    assert {study_uid_in(content[:length]) for length in range(0, end + 1, 3)} == {None}
    assert study_uid_in(content[: end + 40]) == study_uid_in(content) == uid
    assert study_uid_in(b"PK\x03\x04" + bytes(400)) is None
