"""A file of messages: one line for each, also where the one before was cut off."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glioscope.pacs.config import FileDestination
from glioscope.pacs.destinations.destination import DestinationDown
from glioscope.pacs.destinations.message_file import MessageFile


def of(path: Path) -> MessageFile:
    return MessageFile(FileDestination(name="notices", path=path), ())


def notice(number: int) -> dict[str, object]:
    return {"type": "DICOMREPORTNOTIFY", "studyIUID": f"1.2.{number}", "report": "Очаг\nнайден"}


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_message_is_a_line_and_none_stands_twice(tmp_path: Path) -> None:
    file = of(tmp_path / "new" / "messages.jsonl")
    for number in (1, 2, 1):
        file.say(notice(number))
    assert lines(tmp_path / "new" / "messages.jsonl") == [notice(1), notice(2)]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["messages.jsonl"]


def test_what_was_cut_off_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    of(path).say(notice(1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    of(path).say(notice(2))
    assert lines(path) == [notice(1), notice(2)]


def test_several_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: of(path).say(notice(number % 8)), range(16)))
    assert sorted(str(one["studyIUID"]) for one in lines(path)) == [f"1.2.{n}" for n in range(8)]


def test_a_place_that_cannot_be_written_to_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DestinationDown):
        of(tmp_path / "file" / "messages.jsonl").say(notice(1))
