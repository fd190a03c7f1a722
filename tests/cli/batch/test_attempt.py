"""One study at a time: claimed against other runs, and its failure costs no other."""

import pytest
from tests.cli.batch.conftest import NAMES, results

from glioscope import pipeline
from glioscope.files import claimed


def test_two_runs_at_one_study(run, cases, out):
    with claimed(out / NAMES[0]):
        code, _, err = run(cases[0])
        assert code == 2 and f"another run is at {NAMES[0]} in out" in err
        code, _, err = run(*cases, "--overwrite")
        assert code == 6 and "1 of 3 studies failed" in err
        assert list(results(out)) == list(NAMES[1:])
    assert run(cases[0])[0] == 0
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("kind", [KeyError, MemoryError, OSError])
def test_what_nobody_expected_costs_one_study(run, cases, out, monkeypatch, kind):
    analyse = pipeline.analyze

    def fails_once(study, *rest, **options):
        if study.study_id == NAMES[0]:
            raise kind("surprise")
        return analyse(study, *rest, **options)

    monkeypatch.setattr(pipeline, "analyze", fails_once)
    code, _, err = run(*cases)
    assert code == 6 and f"error: study {NAMES[0]}: " in err and "1 of 3 studies failed" in err
    assert list(results(out)) == list(NAMES[1:])
    assert ("GLIOSCOPE_DEBUG=1" in err) == (kind is KeyError)
    assert "Traceback" not in err
    if kind is KeyError:
        assert "Traceback" in run(cases[0], "--overwrite", "--verbose")[2]


def test_a_disk_that_becomes_full_is_noticed_before_the_next_study(run, cases, out, monkeypatch):
    from glioscope.cli.support import output

    usage, studies = output.shutil.disk_usage(out.parent), []
    analyse = pipeline.analyze

    def fills_the_disk(study, *rest, **options):
        studies.append(study.study_id)
        full = usage._replace(free=2**20)
        monkeypatch.setattr(output.shutil, "disk_usage", lambda _: full)
        return analyse(study, *rest, **options)

    monkeypatch.setattr(pipeline, "analyze", fills_the_disk)
    code, _, err = run(*cases)
    assert code == 6 and studies == [NAMES[0]] and "2 of 3 studies failed" in err
    assert err.count("1 MiB are free there") == 2


def test_a_failing_run_leaves_no_folder(run, tmp_path, out):
    (tmp_path / "empty.nii").write_bytes(b"")
    assert run("--flair", tmp_path / "empty.nii")[0] == 3
    assert not out.exists()
