"""Folders, ZIPs and DICOMDIRs: what is read, in what order, and what hostile ones are refused."""

import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid

from glioscope.errors import UnreadableFile
from glioscope.reading.containers.entry import Limits
from glioscope.reading.containers.folder import open_container

FEW = Limits(entries=5, single=100, total=250)
CONTENT = {"a/1.dcm": b"one", "a/2.dcm": b"two", "b.dcm": b"three"}


def contents(path: Path, limits: Limits | None = None) -> dict[str, bytes]:
    found = {}
    for member in open_container(path, limits or Limits()).entries:
        with member.open() as file:
            found[member.name] = file.read()
        assert member.size == len(found[member.name])
    return found


def folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir(exist_ok=True)
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def packed(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_bytes(b"not part of the study")
    return path


def test_folder_and_zip_hold_the_same(tmp_path: Path) -> None:
    hidden = {".DS_Store": b"x", "__MACOSX/a/1.dcm": b"x", "a/._1.dcm": b"x"}
    everything = {**hidden, **CONTENT}
    assert contents(folder(tmp_path / "f", everything)) == CONTENT
    assert list(contents(folder(tmp_path / "f", everything))) == sorted(CONTENT)
    assert contents(packed(tmp_path / "f.zip", everything)) == CONTENT


def test_one_file_and_empty_ones(tmp_path: Path) -> None:
    one = folder(tmp_path / "f", {"enhanced.dcm": b"frames"}) / "enhanced.dcm"
    assert contents(one) == {"enhanced.dcm": b"frames"}
    assert contents(folder(tmp_path / "empty", {})) == {}
    assert contents(packed(tmp_path / "empty.zip", {})) == {}
    with pytest.raises(UnreadableFile, match="no such file or folder"):
        open_container(tmp_path / "nowhere")


def test_a_zip_is_known_by_its_content(tmp_path: Path) -> None:
    """Also with names written by Windows programs with backslashes."""
    path = packed(tmp_path / "upload.bin", {"a\\1.dcm": b"one"})
    assert contents(path) == {"a/1.dcm": b"one"}


def test_members_outlive_the_walk(tmp_path: Path) -> None:
    one = open_container(packed(tmp_path / "f.zip", CONTENT)).entries[1]
    first, second = one.open(), one.open()
    assert first.read() == second.read() == b"two"
    assert first.seek(0) == 0
    assert first.read(1) == b"t"


def test_too_many_files(tmp_path: Path) -> None:
    five = {f"{n}.dcm": b"x" for n in range(5)}
    assert len(contents(folder(tmp_path / "f", five), FEW)) == 5
    assert len(contents(packed(tmp_path / "f.zip", five), FEW)) == 5
    six = {**five, "6.dcm": b"x"}
    for path in (folder(tmp_path / "f", six), packed(tmp_path / "six.zip", six)):
        with pytest.raises(UnreadableFile, match=r"more than 5 files.*one examination"):
            open_container(path, FEW)
    for n in range(6):
        (tmp_path / "folders" / str(n)).mkdir(parents=True)
    with pytest.raises(UnreadableFile, match="more than 5 files"):
        open_container(tmp_path / "folders", FEW)


def test_the_shipped_limit_is_a_hundred_thousand(tmp_path: Path) -> None:
    """A table of contents of 100,001 entries, written by hand; no object is made of them."""
    count = Limits().entries + 1
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[0] * 4, *[0] * 4, 0, 0, 0, 1, *[0] * 6)
    table = (entry + b"x") * count
    small = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 7, 7, len(table), 4, 0)
    path = tmp_path / "many.zip"
    path.write_bytes(b"PK\x03\x04" + table + small)
    with pytest.raises(UnreadableFile, match="more than 100000 files"):
        open_container(path)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_sizes(tmp_path: Path, kind: str) -> None:
    def made(sizes: list[int]) -> Path:
        files = {f"{n}.dcm": b"x" * size for n, size in enumerate(sizes)}
        name = "-".join(map(str, sizes))
        write = folder if kind == "folder" else packed
        return write(tmp_path / name, files)

    assert len(contents(made([100, 100, 50]), FEW)) == 3
    with pytest.raises(UnreadableFile, match=r"entry 2 is .* GiB; at most"):
        open_container(made([50, 101]), FEW)
    with pytest.raises(UnreadableFile, match=r"holds .* GiB; at most"):
        open_container(made([100, 100, 51]), FEW)
    big = tmp_path / "big.dcm"
    big.write_bytes(b"x" * 101)
    with pytest.raises(UnreadableFile, match="entry 1 is"):
        open_container(big, FEW)


def test_links(tmp_path: Path, secret: Path) -> None:
    root = folder(tmp_path / "f", CONTENT)
    (root / "same.dcm").symlink_to("a/1.dcm")  # as git-annex and datalad keep files
    (root / "again").symlink_to("a", target_is_directory=True)
    assert contents(root) == {**CONTENT, "same.dcm": b"one"}
    for name, target in (("x.dcm", secret), ("up", ".."), ("loop", "loop"), ("gone", "nothing")):
        (root / name).symlink_to(target)
        with pytest.raises(UnreadableFile, match=r"link (that leads out|to nothing)"):
            open_container(root)
        (root / name).unlink()
    os.mkfifo(root / "pipe")  # opening it would wait for ever
    assert contents(root) == {**CONTENT, "same.dcm": b"one"}


def test_a_linked_root_is_the_folder_it_stands_for(tmp_path: Path) -> None:
    folder(tmp_path / "f", CONTENT)
    (tmp_path / "link").symlink_to("f")
    assert contents(tmp_path / "link") == CONTENT


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:/x", "..\\x", "\\\\host\\x"])
def test_names_that_lead_out_of_a_zip(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "f.zip", {**CONTENT, name: b"x"})
    with pytest.raises(UnreadableFile, match="leads out of it"):
        open_container(path)


def test_links_in_a_zip_are_left_out(tmp_path: Path) -> None:
    path = packed(tmp_path / "f.zip", CONTENT)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.dcm")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert contents(path) == CONTENT


def test_zip_bombs(tmp_path: Path) -> None:
    blank = b"\0" * 2**20
    small = packed(tmp_path / "small.zip", {"blank.dcm": blank})  # a black screenshot: harmless
    assert contents(small) == {"blank.dcm": blank}
    packed(tmp_path / "one.zip", {"bomb.dcm": 65 * blank})
    many = packed(tmp_path / "many.zip", {f"{n}.dcm": blank for n in range(65)})
    for path in (tmp_path / "one.zip", many):
        with pytest.raises(UnreadableFile, match="more than 200 times its size"):
            open_container(path)


def test_an_entry_that_lies_about_its_size(tmp_path: Path) -> None:
    """The table says 10 bytes, the data holds a million: no more than 10 are unpacked."""
    path = packed(tmp_path / "f.zip", {"bomb.dcm": b"\0" * 10**6})
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02") + 24
    path.write_bytes(data[:at] + struct.pack("<L", 10) + data[at + 4 :])
    (member,) = open_container(path).entries
    with pytest.raises(UnreadableFile, match="damaged"):
        member.open()


def test_overlapping_entries(tmp_path: Path) -> None:
    """Two entries of the table that share one block, as in Fifield's bomb."""
    path = packed(tmp_path / "f.zip", {"1.dcm": b"x" * 1000, "2.dcm": b"y" * 1000})
    assert len(contents(path)) == 2
    data = path.read_bytes()
    second = data.rindex(b"PK\x01\x02") + 42
    path.write_bytes(data[:second] + struct.pack("<L", 0) + data[second + 4 :])
    with pytest.raises(UnreadableFile, match="overlap"):
        open_container(path)


def test_zips_inside_a_zip(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", CONTENT).read_bytes()
    beside = packed(tmp_path / "beside.zip", {"viewer.zip": inner, "1.dcm": b"one"})
    assert contents(beside) == {"viewer.zip": inner, "1.dcm": b"one"}
    with pytest.raises(UnreadableFile, match="only other ZIPs"):
        open_container(packed(tmp_path / "outer.zip", {"1.zip": inner, "2.ZIP": inner}))


def test_two_files_of_one_name(tmp_path: Path) -> None:
    """Readers tell files apart by their names."""
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as packing, pytest.warns(UserWarning, match="Duplicate"):
        packing.writestr("1.dcm", b"one")
        packing.writestr("1.dcm", b"two")
    with pytest.raises(UnreadableFile, match="two files of one name"):
        open_container(path)


def test_truncated_damaged_encrypted(tmp_path: Path) -> None:
    path = packed(tmp_path / "f.zip", {"1.dcm": os.urandom(5000), "2.dcm": b"two"})
    data = path.read_bytes()
    for cut in (4, 2000, len(data) - 30, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(UnreadableFile, match="damaged or truncated"):
            open_container(path)
    path.write_bytes(data[:100] + b"\xff" * 50 + data[150:])
    first, second = open_container(path).entries
    assert second.open().read() == b"two"
    with pytest.raises(UnreadableFile, match="entry 1 is damaged"):
        first.open()
    flag = data.index(b"PK\x01\x02") + 8
    path.write_bytes(data[:flag] + b"\x01" + data[flag + 1 :])
    with pytest.raises(UnreadableFile, match="encrypted"):
        open_container(path)
    with pytest.raises(UnreadableFile, match="other than Deflate"):
        open_container(packed(tmp_path / "lzma.zip", CONTENT, zipfile.ZIP_LZMA))


def dicomdir(root: Path, names: list[str | list[str]]) -> Path:
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    records = []
    for name in names:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE" if name else "PATIENT"
        if name:
            record[0x00041500] = DataElement(0x00041500, "CS", name, validation_mode=IGNORE)
        records.append(record)
    directory.DirectoryRecordSequence = records
    directory.save_as(root / "DICOMDIR", enforce_file_format=True)
    return root / "DICOMDIR"


def test_dicomdir(tmp_path: Path) -> None:
    """Only what it names, each once, in any case of letters."""
    root = folder(tmp_path / "disc", {"img/im1": b"one", "IMG/IM2": b"two", "viewer.exe": b"MZ"})
    path = dicomdir(root, ["", ["IMG", "IM1"], ["IMG", "IM2"], ["IMG", "IM2"]])
    if (root / "IMG" / "im1").exists():
        pytest.skip("this file system takes upper and lower case for one")
    with pytest.raises(UnreadableFile, match="names 2 files and 1 of them are not there"):
        open_container(path)
    (root / "img" / "im1").rename(root / "IMG" / "im1")
    assert contents(path) == {"IMG/IM1": b"one", "IMG/IM2": b"two"}
    assert "viewer.exe" in contents(root)
    with pytest.raises(UnreadableFile, match="entry 1 is"):
        open_container(path, replace(Limits(), single=2))


@pytest.mark.parametrize("name", [["..", "secret.txt"], "/etc/passwd", ["C:", "x"], ["A", "", "x"]])
def test_dicomdir_that_names_files_outside(tmp_path: Path, secret: Path, name: list[str]) -> None:
    root = folder(tmp_path / "disc", {"IM1": b"one"})
    with pytest.raises(UnreadableFile, match="outside the disc"):
        open_container(dicomdir(root, ["IM1", name]))


def test_dicomdir_that_names_a_link_outside(tmp_path: Path, secret: Path) -> None:
    root = folder(tmp_path / "disc", {})
    (root / "IM1").symlink_to(secret)
    with pytest.raises(UnreadableFile, match="leads out of the disc"):
        open_container(dicomdir(root, ["IM1"]))


@pytest.mark.parametrize("data", [b"", b"garbage" * 100, b"\0" * 128 + b"DICM" + b"\xff" * 64])
def test_dicomdir_that_is_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "DICOMDIR"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="no DICOM directory"):
        open_container(path)
