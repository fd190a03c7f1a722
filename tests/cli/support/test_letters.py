import io
import sys

import pytest

from glioscope.cli.support.letters import print_near_letters, stdout_knows_all


def printed(monkeypatch: pytest.MonkeyPatch, encoding: str, text: str) -> str:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    print_near_letters()
    print(text, end="", flush=True)
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("cp866", 'опухоль 3 x 4 мм2, -1, >=2 №5 "а" ?'),
        ("cp1251", "опухоль 3 x 4 мм2, -1, >=2 №5 «а» ?"),
        ("ascii", '??????? 3 x 4 ??2, -1, >=2 ?5 "?" ?'),
        ("utf-8", "опухоль 3 × 4 мм², −1, ≥2 №5 «а» 王"),
    ],
)
def test_a_letter_that_is_not_there_becomes_one_like_it(monkeypatch, encoding, expected) -> None:
    assert printed(monkeypatch, encoding, "опухоль 3 × 4 мм², −1, ≥2 №5 «а» 王") == expected


def test_bytes_in_a_name_that_are_no_letters_stop_nothing(monkeypatch) -> None:
    assert (
        printed(monkeypatch, "utf-8", b"\xff\xfe head".decode(errors="surrogateescape"))
        == "?? head"
    )


@pytest.mark.parametrize(("encoding", "all_of_them"), [("cp1251", False), ("utf-8", True)])
def test_json_is_escaped_where_letters_are_missing(monkeypatch, encoding, all_of_them) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert stdout_knows_all() is all_of_them
