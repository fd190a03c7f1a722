import json

import pytest

from glioscope.files import atomic_json, atomic_path, atomic_text


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
