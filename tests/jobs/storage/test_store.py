"""Folders are in a store whole or not at all, on a disk and in an object store."""

from pathlib import Path

import pytest

from glioscope.errors import UsageError
from glioscope.jobs.storage.store import Store
from glioscope.jobs.storage.stores import open_store


@pytest.fixture(params=["disk", "objects"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    if request.param == "disk":
        return open_store(tmp_path / "data")
    return open_store(tmp_path / "data", f"file://{tmp_path / 'bucket'}")


def new(store: Store, name: str = "new") -> Path:
    folder = store.scratch / name
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("A")
    (folder / "deep" / "b.txt").write_text("B")
    return folder


def test_a_folder_is_moved_in_and_read_back(store: Store) -> None:
    source = new(store)
    store.put(source, "results/one")
    assert not source.exists()
    with store.folder("results/one") as folder:
        files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert files == {"a.txt", "deep/b.txt"}
    with store.file("results/one", "deep/b.txt") as path:
        assert path.read_text() == "B"
    assert list(store.names("results")) == ["results/one"]


def test_nothing_is_replaced(store: Store) -> None:
    store.put(new(store), "results/one")
    with pytest.raises(FileExistsError):
        store.put(new(store, "again"), "results/one")


def test_what_is_not_there_is_not_found(store: Store) -> None:
    assert list(store.names("results")) == []
    for look in (store.folder("results/none"), store.file("results/none", "a.txt")):
        with pytest.raises(FileNotFoundError), look:
            pass
    store.put(new(store), "results/one")
    with pytest.raises(FileNotFoundError), store.file("results/one", "none.txt"):
        pass


def test_a_removed_folder_is_gone(store: Store) -> None:
    store.put(new(store), "results/one")
    store.remove("results/one")
    store.remove("results/one")
    assert list(store.names("results")) == []
    assert not any(store.scratch.iterdir())


def test_half_a_folder_in_an_object_store_is_not_found(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data", f"file://{tmp_path / 'bucket'}")
    store.put(new(store), "results/one")
    (tmp_path / "bucket/results/one/.whole").unlink()
    with pytest.raises(FileNotFoundError), store.folder("results/one"):
        pass
    assert list(store.names("results")) == ["results/one"], "so that it can be cleared"


def test_a_copy_is_gone_after_its_block(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data", f"file://{tmp_path / 'bucket'}")
    store.put(new(store), "results/one")
    with store.folder("results/one") as folder:
        assert folder.exists()
    assert not any(store.scratch.iterdir())


def test_a_store_of_no_known_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere://"):
        open_store(tmp_path, "nowhere://bucket")


def test_the_room_is_that_of_the_disk(store: Store) -> None:
    assert store.free_bytes() > 0
