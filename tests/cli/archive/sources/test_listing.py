"""Studies of a store by names and headers: each once, whole, and under a name of its own."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from glioscope.cli.archive.sources.listing import find
from glioscope.errors import InputError, Unreachable, UsageError
from glioscope.phantom.study import phantom_study
from glioscope.reading.inputs import find_inputs
from glioscope.writing.mr.study import write_dicom_study

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: glioscope[cluster]")


@pytest.fixture
def store() -> Iterator["fsspec.AbstractFileSystem"]:
    """A store in memory, emptied before and after."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


@pytest.fixture(scope="module")
def studies(tmp_path_factory) -> Path:
    """Two studies of DICOM, each with a folder for each of its three series."""
    folder = tmp_path_factory.mktemp("studies")
    for seed in (1, 2):
        write_dicom_study(phantom_study(seed, size=32, slices=3)[0], folder / str(seed))
    return folder


def put(store, path: str, content: bytes = b"x") -> None:
    store.pipe_file(path, content)


def names(url: str) -> list[str]:
    return [one.study_id for one in find(url)]


def zipped(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(folder.rglob("*.dcm")):
            archive.write(path, path.relative_to(folder))
    return stream.getvalue()


def test_zips_nifti_and_pictures_at_any_depth(store) -> None:
    for path in (
        "/a/README", "/a/list.csv", "/a/2026/01/x.zip", "/a/2026/02/y.ZIP", "/a/.hidden/z.zip",
        "/a/sub-01/anat/sub-01_FLAIR.nii.gz", "/a/sub-01/anat/sub-01_T1w.nii.gz",
        "/a/flat/one_flair.nii.gz", "/a/flat/two_flair.nii.gz", "/a/flat/two_t1.nii.gz",
        "/a/CASE_1/CASE_1_1.tif", "/a/CASE_1/CASE_1_1_mask.tif",
    ):  # fmt: skip
        put(store, path)
    assert names("memory://a") == ["x.zip", "y.ZIP", "CASE_1", "one", "two", "sub-01"]
    assert names("memory://a/2026/*/*.zip") == ["x.zip"]
    assert names("memory://a/2026/*") == ["x.zip", "y.ZIP"]
    keys = {one.origin.key for one in find("memory://a")}
    assert len(keys) == 6
    assert {one.origin.key for one in find("memory://a/2026/*/*")} < keys, "wherever named from"


def test_series_in_folders_of_their_own_are_one_study(store, studies, tmp_path) -> None:
    """As a search of the same tree on this computer finds them."""
    store.put(f"{studies}/", "/tree/2026/", recursive=True)
    put(store, "/tree/2026/notes.txt")
    shutil.copytree(studies, tmp_path / "tree")
    here = {one.study_id for one in find_inputs([tmp_path / "tree"])}
    found = find("memory://tree")
    assert {one.study_id for one in found} == here and len(here) == 2
    assert [len(one.origin.parts) for one in found] == [3, 3]
    # One of them alone, and a pattern of both.
    assert names("memory://tree/2026/1") == [found[0].study_id]
    assert names("memory://tree/2026/[12]") == [one.study_id for one in found]


def test_a_folder_of_dicom_takes_what_lies_below_it(store, studies, tmp_path) -> None:
    one = next((studies / "1" / "FLAIR").iterdir()).read_bytes()
    for path in ("IM1", "more/IM2", "README"):
        put(store, f"/disc/{path}", one)
    [found] = find("memory://disc")
    assert found.origin.parts == ()
    brought = found.origin.bring(tmp_path)
    assert sorted(p.relative_to(brought).as_posix() for p in brought.rglob("*")) == [
        "IM1",
        "README",
        "more",
        "more/IM2",
    ]


def test_a_version_changes_with_what_lies_there_and_not_with_its_neighbours(store) -> None:
    put(store, "/v/a.zip", b"one")
    put(store, "/v/b.zip", b"two")
    before = {one.study_id: one.origin.version for one in find("memory://v")}
    assert before == {one.study_id: one.origin.version for one in find("memory://v")}
    put(store, "/v/b.zip", b"more")
    after = {one.study_id: one.origin.version for one in find("memory://v")}
    assert after["a.zip"] == before["a.zip"] and after["b.zip"] != before["b.zip"]


def test_what_is_brought_is_read_under_its_own_name(store, studies, tmp_path) -> None:
    put(store, "/zips/x.zip", zipped(studies / "1"))
    [found] = find("memory://zips")
    path = found.origin.bring(tmp_path)
    assert path == tmp_path / "x.zip"
    [study] = find_inputs([path])
    [same] = find_inputs([studies / "1"])
    assert study.study_id == same.study_id


def test_parts_are_brought_without_their_neighbours(store, tmp_path) -> None:
    for name in ("a_flair.nii.gz", "a_t1.nii.gz", "notes.txt", "x.zip"):
        put(store, f"/set/{name}")
    found = {one.study_id: one for one in find("memory://set")}
    assert list(found) == ["a", "x.zip"]
    path = found["a"].origin.bring(tmp_path)
    assert sorted(p.name for p in path.iterdir()) == ["a_flair.nii.gz", "a_t1.nii.gz"]


@pytest.mark.parametrize("url", ["memory://nothing", "memory://nothing/*.zip"])
def test_nothing_is_said_with_the_store_and_no_path(store, url) -> None:
    put(store, "/nothing/readme.txt")
    with pytest.raises(InputError, match="memory://nothing: no ZIP"):
        find(url)


def test_a_store_that_nobody_knows_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="nobody://…"):
        find("nobody://bucket/Иванов")


def test_a_store_that_does_not_answer_is_told_without_names(store, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionError("GET /bucket/Ivanov.zip")

    put(store, "/d/Ivanov.zip")
    monkeypatch.setattr(type(store), "ls", fail)
    with pytest.raises(Unreachable) as told:
        find("memory://d")
    assert "ConnectionError" in str(told.value)
    assert "Ivanov" not in str(told.value)
