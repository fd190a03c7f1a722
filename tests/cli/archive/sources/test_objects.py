"""What comes from a store is whole, fits on the disk, and lies where it was meant to."""

import pytest

from glioscope.cli.archive.sources.objects import Objects, label, version_of
from glioscope.errors import Unreachable, UnreadableFile

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: glioscope[cluster]")


@pytest.fixture
def store():
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def objects(path: str, *parts: str) -> Objects:
    return Objects("memory://", f"memory://{path}", path, parts)


@pytest.mark.parametrize("name", ["../../outside.dcm", "a/../b.dcm", "nul\0.dcm"])
def test_no_name_leads_out(store, tmp_path, monkeypatch, name) -> None:
    monkeypatch.setattr(Objects, "_wanted", lambda *_: {f"/study/{name}": 1})
    with pytest.raises(UnreadableFile, match="study: a file in it has a name"):
        objects("/study").bring(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_is_cut_short_is_tried_another_time(store, tmp_path, monkeypatch) -> None:
    store.pipe_file("/a.zip", b"whole")
    get = type(store).get_file

    def cut(self, path, target, **options) -> None:
        get(self, path, target, **options)
        with open(target, "wb") as file:  # noqa: PTH123
            file.write(b"wh")

    monkeypatch.setattr(type(store), "get_file", cut)
    with pytest.raises(Unreachable, match="not all came"):
        objects("/a.zip").bring(tmp_path)


def test_what_is_gone_is_told_without_its_name(store, tmp_path) -> None:
    with pytest.raises(Unreachable, match="FileNotFoundError") as told:
        objects("/Иванов.zip").bring(tmp_path)
    assert "Иванов" not in str(told.value)


def test_no_room_is_no_fault_of_the_store(store, tmp_path, monkeypatch) -> None:
    store.pipe_file("/a.zip", b"whole")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 4})())
    with pytest.raises(OSError, match="No space"):
        objects("/a.zip").bring(tmp_path)


def test_a_key_is_that_of_what_is_brought() -> None:
    keys = [objects("/a").key, objects("/b").key, objects("/a", "x").key, objects("/a", "y").key]
    assert len(set(keys)) == 4
    assert Objects("memory://a/*", "memory:///a", "/a").key == objects("/a").key


def test_marks_of_each_store_tell_versions_apart() -> None:
    for mark in ("ETag", "md5Hash", "mtime", "LastModified", "created"):
        one, other = ({"name": "a", "size": 1, mark: value} for value in ("1", "2"))
        assert version_of([one]) != version_of([other])
        assert version_of([one, other]) == version_of([other, one])


def test_a_label_has_no_user_and_no_path() -> None:
    assert label("s3://bucket/Ivanov/*.zip") == "s3://bucket"
    assert label("ftp://user:secret@host:21/a?b") == "ftp://host:21"
