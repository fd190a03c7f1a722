"""`glioscope batch` as a person uses it: one run, a second one, shares, and what failed."""

import csv

import pytest
from tests.cli.archive.conftest import NAMES, rows
from tests.lgg_folder import head_stack, write_case


def test_a_row_for_each_study_in_both_tables(whole) -> None:
    table = rows(whole)
    assert [row["study"] for row in table] == list(NAMES)
    assert {row["status"] for row in table} == {"done"}
    assert all(isinstance(row["probability"], float) and row["slices"] == 4 for row in table)
    with (whole / "studies.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["study"] for line in lines] == list(NAMES)
    assert float(lines[0]["probability"]) == table[0]["probability"]
    page = (whole / "summary.html").read_text(encoding="utf-8")
    assert 'href="A_1/report.html"' in page and "research use only" in page


def test_a_second_call_reads_nothing_that_is_done(whole, archive, batch) -> None:
    before = {p: p.stat().st_mtime_ns for p in whole.glob("*/report.pdf")}
    code, _, said = batch(archive, "-o", whole, "--force")
    assert code == 0 and "0 studies to analyse, 4 are there already" in said
    assert {p: p.stat().st_mtime_ns for p in whole.glob("*/report.pdf")} == before


def test_shares_are_every_study_once_and_make_the_same_table(
    whole, archive, batch, tmp_path
) -> None:
    outs = [tmp_path / f"share{n}" for n in (1, 2)]
    for n, out in enumerate(outs, start=1):
        words = (archive, "-o", out, "--shard", f"{n}/2", "--jobs", "1", "--force")
        assert batch(*words)[0] == 0
    parts = [[row["study"] for row in rows(out)] for out in outs]
    assert sorted(parts[0] + parts[1]) == list(NAMES) and all(parts)
    code, out, _ = batch("merge", *outs, "-o", tmp_path / "all")
    assert code == 0 and "4 studies in all, 0 failed" in out
    assert rows(tmp_path / "all") == rows(whole)


def test_what_fails_is_a_row_and_stays_one_until_it_is_tried_again(batch, tmp_path) -> None:
    sound = write_case(tmp_path / "set", NAMES[0], *head_stack(slices=4))
    broken = write_case(tmp_path / "set", NAMES[1], *head_stack(slices=4, seed=1))
    cut = broken / f"{NAMES[1]}_2.tif"
    content = cut.read_bytes()
    cut.write_bytes(content[:300])
    listed = tmp_path / "list.txt"
    listed.write_text(f"set/{sound.name}\n\nset/{broken.name}\n", encoding="utf-8")
    out = tmp_path / "out"
    words = (f"@{listed}", "-o", out, "--jobs", "1", "--force")
    code, _, said = batch(*words)
    assert code == 6 and NAMES[1] in said
    assert [row["error"] for row in rows(out)] == [None, "UnreadableFile"]
    cut.write_bytes(content)
    code, _, said = batch(*words)
    assert code == 0 and "0 studies to analyse" in said
    assert batch(*words, "--retry-failed")[0] == 0
    assert [row["status"] for row in rows(out)] == ["done", "done"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere/*.zip", "-o", "out"), 3, "no source names anything"),
        (("@nowhere.txt", "-o", "out"), 2, "a path in each line"),
        ((".", "-o", "out", "--shard", "3/2"), 2, "I from 1 to N"),
        ((".", "-o", "out", "--address", "127.0.0.1:6379"), 2, "goes with --engine ray"),
        ((".", "-o", "memory://out"), 2, "a memory of its own"),
        ((".", "-o", "strange://out"), 2, "the store strange:"),
        (("merge", "nowhere", "-o", "out"), 3, "no rows of"),
    ],
)
def test_what_cannot_be_is_said(batch, tmp_path, monkeypatch, words, code, said) -> None:
    monkeypatch.chdir(tmp_path)
    ended, _, err = batch(*words)
    assert ended == code and said in err
    assert not (tmp_path / "out").exists()
