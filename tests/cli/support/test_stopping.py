"""Ctrl-C and SIGTERM: the code, the sentence, and nothing left under construction."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code
from glioscope.cli.support import stopping
from glioscope.cli.support.stopping import Stopped, Terminated, nothing_written, when_stopped

# Stops the command at the worst moment: the folder of results is half written. The head is small.
# A shell starts what runs in its background deaf to Ctrl-C: the first line gives it ears.
SLOW_WRITER = """
import functools, signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from glioscope.phantom import study
from glioscope.writing import study_folder

def wait(*_, **__):
    print("writing", flush=True)
    time.sleep(3)

study_folder.write_html = wait
study.phantom_study = functools.partial(study.phantom_study, size=64, slices=12)
from glioscope.cli.main import run
run()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "lang", "code", "said"),
    [
        (signal.SIGINT, "en", 130, "error: interrupted; nothing was written\n"),
        (signal.SIGTERM, "ru", 143, "ошибка: прервано; ничего не записано\n"),
    ],
    ids=["interrupted", "terminated"],
)
def test_a_stopped_command_leaves_nothing(tmp_path: Path, number, lang, code, said) -> None:
    model, out = toy_bundle(tmp_path / "toy", size=96), tmp_path / "out"
    words = ["demo", "-o", str(out), "--model", str(model), "--lang", lang, "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITER, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    assert any(out.iterdir()), "the control: there is something to remove"
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, said)
    assert list(out.iterdir()) == []


def test_a_batch_says_what_was_written(tmp_path: Path, monkeypatch, capsys) -> None:
    from tests.cli.test_analyze import CASE, OTHER, head_stack, write_case

    from glioscope import pipeline

    for name in (CASE, OTHER):
        write_case(tmp_path / "set", name, *head_stack())
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(toy_bundle(tmp_path / "toy", size=64)))
    analyse = pipeline.analyze

    def second_is_stopped(study, *rest, **options):
        if study.study_id == OTHER:
            raise KeyboardInterrupt
        return analyse(study, *rest, **options)

    monkeypatch.setattr(pipeline, "analyze", second_is_stopped)
    out = tmp_path / "out"
    words = ["analyze", str(tmp_path / "set"), "-o", str(out), "--quiet"]
    assert exit_code([*words, "--lang", "en"]) == 130
    assert capsys.readouterr().err == ("error: interrupted; 1 of 2 studies were written to out\n")
    assert exit_code([*words, "--overwrite", "--lang", "ru"]) == 130
    assert "записано исследований: 1 из 2" in capsys.readouterr().err
    assert sorted(p.name for p in out.iterdir()) == [CASE, "studies.csv"]


def test_ctrl_c_while_a_compiled_library_loads_is_no_internal_error() -> None:
    with pytest.raises(Stopped) as stopped, when_stopped(nothing_written):
        try:
            raise Terminated
        except KeyboardInterrupt as stop:
            raise ImportError("initialization failed") from stop
    assert stopped.value.exit_code == stopping.TERMINATED


def test_a_missing_module_is_not_a_stop() -> None:
    with pytest.raises(ModuleNotFoundError), when_stopped(nothing_written):
        raise ModuleNotFoundError("keras", name="keras")


@pytest.fixture
def stopped(monkeypatch, capsys):
    """Stop a command where it calls a function; what it says in English."""
    monkeypatch.setenv("GLIOSCOPE_LANG", "en")

    def call(name: str, *words: object) -> str:
        def stop(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(name, stop)
        assert exit_code([*map(str, words)]) == 130
        return capsys.readouterr().err

    return call


NOTHING = "error: interrupted; nothing was written\n"


def test_every_command_says_that_nothing_was_written(stopped, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "a").mkdir()
    readers = "glioscope.reading.results.read_result"
    assert stopped(readers, "compare", tmp_path / "a", tmp_path / "a", "-o", out) == NOTHING
    studies = "glioscope.reading.inputs.find_inputs"
    assert stopped(studies, "inspect", tmp_path / "a") == NOTHING
    assert stopped(studies, "analyze", tmp_path / "a", "-o", out) == NOTHING
    assert not out.exists()


def test_evaluate_says_that_nothing_was_written(stopped, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs 'glioscope[train]'")
    scores, out = "glioscope.evaluation.evaluate.evaluate", tmp_path / "out"
    assert stopped(scores, "evaluate", tmp_path, tmp_path, "-o", out) == NOTHING
    assert not out.exists()


def test_what_was_written_by_then_is_said(stopped, tmp_path: Path) -> None:
    from tests.cli.test_compare import nominal

    pair = nominal(tmp_path / "a"), nominal(tmp_path / "b", wide=24)
    words = ("compare", *pair, "-o", tmp_path / "out")
    part = "error: interrupted; part of the results is in out\n"
    assert stopped("glioscope.writing.study_folder.write_comparison", *words) == part


def test_waiting_ends_by_ctrl_c(monkeypatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("glioscope.cli.support.stopping.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        stopping.until_stopped()
    assert min(waits) > 60


def test_hidden_files_are_no_results(tmp_path: Path) -> None:
    told = stopping.written_to(tmp_path)
    (tmp_path / ".unfinished").touch()
    assert told().code == "cli.interrupted_nothing"
    (tmp_path / "a.txt").touch()
    assert told().code == "cli.interrupted_part"
    file = stopping.written_to(tmp_path / "new.png")
    assert file().code == "cli.interrupted_nothing"
    (tmp_path / "new.png").touch()
    assert file().code == "cli.interrupted_part"
