"""Processes of a batch end with it, and one that is killed costs one study."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.batch.conftest import results

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

# Loaded by every process at its start. In those that analyse, each study waits while half of its
# folder is written, after the process has put a file named after itself there, until there is a
# file named `go`.
SLOW = """
import sys

def be_slow():
    import os, time
    from pathlib import Path
    from glioscope.writing import study_folder

    write = study_folder.write_html

    def slow(*rest):
        (Path(os.environ["MARKS"]) / f"{os.getpid()}").touch()
        while not (Path(os.environ["MARKS"]) / "go").exists():
            time.sleep(0.02)
        return write(*rest)

    study_folder.write_html = slow

if "spawn_main" in " ".join(sys.orig_argv):
    be_slow()
"""
# As in a shell's foreground, also where the tests run in its background.
HEARING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from glioscope.cli.main import run
if __name__ == "__main__":
    run()
"""
PATIENCE_S = 60


@pytest.fixture
def batch(tmp_path, cases, model, out):
    """A run of three studies in two processes, each in the midst of writing."""
    marks, site = tmp_path / "marks", tmp_path / "site"
    marks.mkdir()
    site.mkdir()
    (site / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "hearing.py").write_text(HEARING, encoding="utf-8")
    path = os.pathsep.join([str(site), *(p for p in sys.path if p)])
    words = ["analyze", *map(str, cases), "-o", str(out), "--jobs", "2", "--quiet", "--lang", "en"]
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "hearing.py"), *words],
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "MARKS": str(marks),
            "GLIOSCOPE_MODEL": str(model),
        },
        start_new_session=True,
    ) as process:
        until(lambda: len(workers(marks)) == 2)
        yield process
        (marks / "go").touch()
        process.kill()


def workers(marks: Path) -> list[int]:
    return sorted(int(p.name) for p in marks.iterdir() if p.name != "go")


def alive(pid: int) -> bool:
    """Also a process that has ended stays one until its parent has asked after it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition):
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE_S
        time.sleep(0.05)


def left(out: Path) -> list[str]:
    return sorted(p.name for p in out.iterdir()) if out.exists() else []


@pytest.mark.parametrize(
    ("number", "everybody", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143)],
    ids=["Ctrl-C in a terminal", "terminated"],
)
def test_a_stopped_batch_ends_all_processes(tmp_path, batch, out, number, everybody, code):
    pids = workers(tmp_path / "marks")
    assert any(".new." in name for name in left(out)), "the control: there is something to remove"
    if everybody:
        os.killpg(batch.pid, number)
    else:
        batch.send_signal(number)
    time.sleep(0.5)
    (tmp_path / "marks" / "go").touch()  # a thread that writes cannot be stopped midway
    _, err = batch.communicate(timeout=PATIENCE_S)
    assert (batch.returncode, err) == (code, "error: interrupted; nothing was written\n")
    assert not any(map(alive, pids))
    assert left(out) == []


def test_a_killed_process_costs_its_study_only(tmp_path, batch, out):
    os.kill(workers(tmp_path / "marks")[0], signal.SIGKILL)
    (tmp_path / "marks" / "go").touch()
    _, err = batch.communicate(timeout=PATIENCE_S)
    assert batch.returncode == 6
    assert "the process that analysed it was ended" in err and "1 of 3 studies failed" in err
    assert len(results(out)) == 2
    assert [name for name in left(out) if name.startswith(".")] == []


def test_processes_end_with_a_caller_that_is_killed(tmp_path, batch, out):
    pids = workers(tmp_path / "marks")
    batch.kill()
    (tmp_path / "marks" / "go").touch()
    until(lambda: not any(map(alive, pids)))
    assert len(results(out)) == 2, "what they were at is whole"
    assert [name for name in left(out) if name.startswith(".")] == []
