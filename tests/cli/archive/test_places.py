"""Studies that lie elsewhere: the same tables as from here, brought once, and nothing left."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.cli.archive.conftest import NAMES
from tests.cli.batch.test_workers import HEARING, SLOW, until, workers
from tests.cli.batch.workers_here import workers_here
from tests.lgg_folder import head_stack, write_case

from dicomweb_archive import dicomweb_archive
from glioscope.cli.archive.ledger import Ledger
from glioscope.cli.archive.places import Places
from glioscope.cli.archive.results import FolderResults
from glioscope.cli.batch.attempt import Outcome, PlaceElsewhere
from glioscope.cli.batch.elsewhere import Distant, not_here
from glioscope.errors import InputError
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel
from glioscope.writing.mr.study import write_dicom_study
from mr_heads import head

pytest.importorskip("fsspec", reason="fsspec is not installed: glioscope[cluster]")


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch) -> Path:
    """Where studies are brought to, here and in processes."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    """A ZIP of one study, a ZIP of two, a case of pictures, and what is no study."""
    folder = tmp_path_factory.mktemp("mixed")
    made = folder.with_name("made")
    for seed in (1, 2, 3):
        study, _ = phantom_study(seed, size=32, slices=3)
        write_dicom_study(study, made / ("one" if seed == 1 else f"two/{seed}"))
    for name in ("one", "two"):
        shutil.make_archive(str(folder / name), "zip", made / name)
    write_case(folder, "CASE_1", *head_stack(slices=4))
    (folder / "torn.zip").write_bytes(b"PK\x03\x04 torn")
    (folder / "notes.txt").write_text("no study")
    return folder


def rows(out: Path) -> list[dict[str, object]]:
    """The table, without how long each study took."""
    table = pq.read_table(out / "studies.parquet").to_pylist()
    return [{k: v for k, v in row.items() if k != "seconds"} for row in table]


def brought(scratch: Path) -> list[str]:
    """What lies there of ours; libraries leave files of their own."""
    return [path.name for path in scratch.iterdir() if "glioscope" in path.name]


def url(folder: Path) -> str:
    return folder.as_uri()


def test_a_store_gives_the_table_of_the_same_folder_and_is_brought_once(
    mixed, batch_in_processes, tmp_path, scratch
) -> None:
    batch = batch_in_processes
    here, there = tmp_path / "here", tmp_path / "there"
    local = (f"{mixed}/*.zip", mixed / "CASE_1")
    with workers_here():
        assert batch(*local, "-o", here, "--jobs", "1", "--force")[0] == 6
    words = (url(mixed), "-o", there, "--jobs", "2", "--force")
    code, _, said = batch(*words)
    assert code == 6 and "4 studies to analyse, 0 are there already" in said
    assert rows(there) == rows(here) and len(rows(here)) == 5
    assert {row["study"] for row in rows(here) if row["status"] == "failed"} == {"torn.zip"}
    assert not brought(scratch)
    before = (there / "studies.parquet").read_bytes()
    code, _, said = batch(*words)
    assert code == 0 and "0 studies to analyse, 4 are there already" in said
    assert (there / "studies.parquet").read_bytes() == before


def test_what_changed_there_is_brought_again(batch, tmp_path) -> None:
    folder, out = tmp_path / "set", tmp_path / "out"
    for seed, name in enumerate(NAMES[:2]):
        write_case(folder, name, *head_stack(slices=4, seed=seed))
    words = (f"{url(folder)}/*", "-o", out, "--jobs", "1", "--force")
    assert batch(*words)[0] == 0
    first = rows(out)
    shutil.rmtree(folder / NAMES[0])
    write_case(folder, NAMES[0], *head_stack(slices=4, seed=9))
    code, _, said = batch(*words)
    assert code == 0 and "1 studies to analyse, 1 are there already" in said
    changed, same = rows(out)
    assert changed["input_sha256"] != first[0]["input_sha256"] and same == first[1]


def test_one_study_in_two_zips_has_two_names_that_stay(mixed, batch, tmp_path) -> None:
    folder, out = tmp_path / "twice", tmp_path / "out"
    folder.mkdir()
    for name in ("a.zip", "b.zip"):
        shutil.copy(mixed / "one.zip", folder / name)
    words = (url(folder), "-o", out, "--jobs", "2", "--force")
    assert batch(*words)[0] == 0
    one, other = rows(out)
    assert other["study"].startswith(f"{one['study']}-")
    assert one["input_sha256"] == other["input_sha256"]
    assert "0 studies to analyse" in batch(*words)[2] and rows(out) == [one, other]


def test_a_query_fetches_each_study_once_and_again_what_came_cut_short(
    batch, tmp_path, scratch
) -> None:
    out = tmp_path / "out"
    listed = tmp_path / "list.txt"
    with dicomweb_archive() as archive:
        for name in ("a", "b"):
            archive.add(head((Channel.FLAIR,), name=name, PatientName="Ivanov^A").files)
        listed.write_text(f"dicomweb+{archive.url}?PatientName=Ivanov*&ModalitiesInStudy=MR\n")
        words = (f"@{listed}", "-o", out, "--jobs", "1", "--force")
        archive.lost = 1
        code, _, said = batch(*words)
        assert code == 3 and "not all came" in said and "Ivanov" not in said
        assert [row["error"] for row in rows(out)] == ["Unreachable"] * 2
        archive.lost = 0
        assert batch(*words)[0] == 0
        assert {row["status"] for row in rows(out)} == {"done"} and len(rows(out)) == 2
        asked = archive.asked["pictures"]
        code, _, said = batch(*words)
        assert code == 0 and "0 studies to analyse, 2 are there already" in said
        assert archive.asked["pictures"] == asked == 4
    assert not brought(scratch)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_run_that_is_killed_goes_on_and_leaves_nothing_brought(
    archive, model, batch, tmp_path, scratch
) -> None:
    out, marks, site = (tmp_path / name for name in ("out", "marks", "site"))
    marks.mkdir()
    site.mkdir()
    (site / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "hearing.py").write_text(HEARING, encoding="utf-8")
    words = (url(archive), "-o", out, "--jobs", "2", "--force")
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "hearing.py"), "batch", *map(str, words)],
        stderr=subprocess.DEVNULL,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join([str(site), *(p for p in sys.path if p)])}
        | {"MARKS": str(marks), "GLIOSCOPE_MODEL": str(model)},
    ) as process:
        until(lambda: len(workers(marks)) == 2)
        process.kill()
        for pid in workers(marks):
            os.kill(pid, signal.SIGKILL)
    assert brought(scratch), "the control: there is something to clear away"
    code, _, said = batch(*words)
    assert code == 0 and "4 studies to analyse" in said
    assert [row["study"] for row in rows(out)] == list(NAMES)
    assert not brought(scratch)


class Place:
    """An origin that is never brought."""

    def __init__(self, key: str, version: str) -> None:
        self.key, self.version = key, version


def distant(key: str, version: str) -> Distant:
    return Distant("x.zip", "elsewhere", not_here, origin=Place(key, version))


def ended(study: str, version: str, *studies: str, error: bool = False) -> Outcome:
    return Outcome(
        study_id=study,
        status="failed" if error else "done",
        error=InputError("cli.archive_nothing") if error else None,
        place=PlaceElsewhere("k", version, "x.zip", studies or (study,)),
    )


def test_a_place_is_over_when_all_that_lay_there_is(tmp_path) -> None:
    ledger = Ledger(FolderResults(tmp_path))

    def over(key: str = "k", version: str = "1", failed_too: bool = True) -> bool:
        return Places(ledger, "m", failed_too=failed_too).is_over(distant(key, version))

    assert not over()
    places = Places(ledger, "m", failed_too=True)
    ledger.died("x.zip")
    places.keep(ended("a", "1", "a", "b"))
    (tmp_path / "a").mkdir()
    assert not over(), "b is missing, as after a kill"
    places.keep(ended("b", "1", "a", "b", error=True))
    assert over() and not over(failed_too=False)
    assert not over("other") and not over(version="2")
    assert ledger.died("x.zip") == 1, "deaths count no more once it was brought"


def test_rows_of_another_time_go(tmp_path) -> None:
    ledger = Ledger(FolderResults(tmp_path))
    Places(ledger, "m", failed_too=True).keep(ended("x.zip", "", error=True))
    Places(ledger, "m", failed_too=True).keep(ended("a", "1", "a", "b"))
    Places(ledger, "m", failed_too=True).keep(ended("b", "1", "a", "b"))
    assert [row["study"] for row in ledger.rows()] == ["a", "b"]
    Places(ledger, "m", failed_too=True).keep(ended("c", "2"))
    assert [row["study"] for row in ledger.rows()] == ["c"]


def test_a_name_belongs_to_who_had_it_first(tmp_path) -> None:
    ledger = Ledger(FolderResults(tmp_path))
    ledger.keep("here", {"study": "here", "status": "done"})
    assert not ledger.belongs("here", "k")
    assert ledger.belongs("there", "k") and ledger.belongs("there", "k")
    assert not ledger.belongs("there", "other")
