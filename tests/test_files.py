import json
import os
import subprocess
import sys

import pytest

from glioscope.files import (
    atomic_folder,
    atomic_json,
    atomic_path,
    atomic_text,
    claimed,
    clear_leftovers,
    is_reserved,
    move,
    names_a_folder,
    passing_folder,
)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_written_file_takes_its_name_and_leaves_no_other(tmp_path):
    with atomic_path(tmp_path / "new" / "mask.nii.gz") as temporary:
        assert temporary.name.endswith(".mask.nii.gz")
        temporary.write_bytes(b"whole")
        assert names(tmp_path / "new") == [temporary.name]
    assert names(tmp_path / "new") == ["mask.nii.gz"]
    assert (tmp_path / "new" / "mask.nii.gz").read_bytes() == b"whole"


def test_a_failing_writer_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="halfway"), atomic_path(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        raise ValueError("halfway")
    assert names(tmp_path) == []


def test_a_failing_writer_keeps_the_older_file(tmp_path):
    atomic_text(tmp_path / "a.txt", "old")
    with pytest.raises(ValueError, match="halfway"), atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
        raise ValueError("halfway")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_text_is_utf8_with_plain_line_feeds(tmp_path):
    atomic_text(tmp_path / "a.txt", "опухоль\n")
    assert (tmp_path / "a.txt").read_bytes() == "опухоль\n".encode()


def test_json_round_trip_and_refusal_of_nan(tmp_path):
    atomic_json(tmp_path / "a.json", {"б": [1, None, 0.5]})
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"б": [1, None, 0.5]}
    with pytest.raises(ValueError, match="JSON"):
        atomic_json(tmp_path / "b.json", {"x": float("nan")})
    assert names(tmp_path) == ["a.json"]


# A process in the midst of replacing a folder: it says so and waits to be killed.
WRITER = """
import os, sys, time
from pathlib import Path
from glioscope import files

def stop(*_):
    print("there", flush=True)
    time.sleep(60)

if sys.argv[2] == "swapping":
    files.move = lambda old, new, move=files.move: (move(old, new), stop())
make = files.passing_folder if sys.argv[2] == "passing" else files.atomic_folder
with make(Path(sys.argv[1])) as fresh:
    (fresh / "half").write_text("half")
    if sys.argv[2] in ("writing", "passing"):
        stop()
"""


@pytest.fixture
def writer():
    """Starts processes that stop midway."""
    started = []

    def start(folder, where):
        words = [sys.executable, "-c", WRITER, str(folder), where]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "there\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def whole(folder):
    with atomic_folder(folder) as fresh:
        (fresh / "whole").write_text("whole")


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    whole(tmp_path / "a")
    with pytest.raises(ValueError, match="midway"), atomic_folder(tmp_path / "a"):
        assert len(names(tmp_path)) == 3, "the older one, the fresh one and its lock"
        raise ValueError("midway")
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["whole"]


def test_what_a_killed_writer_left_is_cleared_by_the_next(tmp_path, writer):
    process = writer(tmp_path / "a", "writing")
    process.kill()
    process.wait()
    assert any(".new." in name for name in names(tmp_path)), "the control: it left half a folder"
    (tmp_path / ".0123456789ab.new.old_version").mkdir()
    whole(tmp_path / "b")
    assert names(tmp_path) == ["b"]


def test_a_passing_folder_is_gone_with_its_block_or_cleared_after_a_kill(tmp_path, writer):
    with passing_folder(tmp_path) as folder:
        (folder / "a").write_text("a")
        assert folder.stat().st_mode & 0o777 == 0o700 or os.name == "nt"
        clear_leftovers(tmp_path)
        assert names(folder) == ["a"], "what a living process is at stays"
    assert names(tmp_path) == []
    process = writer(tmp_path, "passing")
    process.kill()
    process.wait()
    assert len(names(tmp_path)) == 2, "the control: it left its folder and a lock"
    clear_leftovers(tmp_path)
    assert names(tmp_path) == []


def test_what_a_living_writer_is_at_stays(tmp_path, writer):
    writer(tmp_path / "a", "writing")
    before = names(tmp_path)
    assert len(before) == 2
    whole(tmp_path / "b")
    assert names(tmp_path) == [*before, "b"]


def test_a_folder_that_was_just_being_replaced_is_put_back(tmp_path, writer):
    whole(tmp_path / "a")
    process = writer(tmp_path / "a", "swapping")
    process.kill()
    process.wait()
    assert not (tmp_path / "a").exists(), "the control: it stopped between two renamings"
    clear_leftovers(tmp_path)
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["whole"]


def test_a_claim_keeps_others_out_and_ends(tmp_path):
    with claimed(tmp_path / "new" / "a") as mine, claimed(tmp_path / "new" / "a") as another:
        with claimed(tmp_path / "new" / "b") as other:
            assert (mine, another, other) == (True, False, True)
        whole(tmp_path / "new" / "a")
    assert names(tmp_path / "new") == ["a"]


@pytest.mark.parametrize(("refusals", "pauses"), [(0, []), (3, [0.01, 0.02, 0.05])])
def test_on_windows_what_is_open_for_a_moment_is_waited_for(
    tmp_path, monkeypatch, refusals, pauses
):
    refused = refuse_replacing(monkeypatch, refusals)
    (tmp_path / "new").write_text("new")
    (tmp_path / "a").write_text("old")
    assert move(tmp_path / "new", tmp_path / "a") == tmp_path / "a"
    assert (tmp_path / "a").read_text() == "new" and names(tmp_path) == ["a"]
    assert refused == pauses


def test_on_windows_what_stays_open_is_an_error(tmp_path, monkeypatch):
    refused = refuse_replacing(monkeypatch, 100)
    with pytest.raises(PermissionError, match="in use"):
        atomic_text(tmp_path / "a", "new")
    assert names(tmp_path) == [] and sum(refused) < 2


def refuse_replacing(monkeypatch, count):
    """The first so many renames fail as on Windows; returns how long was waited after each."""
    replace, pauses, left = os.replace, [], [count]

    def refusing(source, target):
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "in use")
        replace(source, target)

    monkeypatch.setattr("glioscope.files.sys.platform", "win32")
    monkeypatch.setattr("glioscope.files.os.replace", refusing)
    monkeypatch.setattr("glioscope.files.time.sleep", pauses.append)
    return pauses


@pytest.mark.parametrize("name", ["CON", "nul.nii.gz", "Com1.dcm", "LPT²", "study.", "study "])
def test_what_windows_reads_otherwise_is_reserved(name):
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["CONTRAST", "com10", "a.con", "study 1", "IM000001", ".hidden"])
def test_other_names_are_not(name):
    assert not is_reserved(name)


@pytest.mark.parametrize("name", ["head", "исследование-1", "王 小东", "=1+1", "a" * 190])
def test_names_of_folders(name):
    assert names_a_folder(name)
    assert not names_a_folder(name + b"\xff".decode(errors="surrogateescape"))


@pytest.mark.parametrize(
    "name", ["", ".a", "a.", "a/b", "CON", "a\nb", "a\x1b[2J", "a\u202eb", "я" * 96]
)
def test_names_that_a_folder_cannot_have(name):
    assert not names_a_folder(name)
