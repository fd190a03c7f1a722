"""Locks between processes, which a killed process does not keep."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from glioscope.locks import held

HOLDER = """
import sys, time
from pathlib import Path
from glioscope.locks import held
with held(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    """A process that holds tmp_path/lock until it is stopped."""
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_one_at_a_time_and_gone_at_the_end(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with held(lock) as mine, held(lock) as another, held(tmp_path / "other") as other:
        assert (mine, another, other) == (True, False, True)
    assert list(tmp_path.iterdir()) == []
    with held(lock) as mine:
        assert mine


def test_a_lock_is_free_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="midway"), held(tmp_path / "lock"):
        raise ValueError("midway")
    with held(tmp_path / "lock") as mine:
        assert mine


def test_another_process_is_kept_out_and_what_it_held_when_killed_is_free(
    tmp_path: Path, holder: subprocess.Popen
) -> None:
    with held(tmp_path / "lock") as mine:
        assert not mine
    holder.kill()
    assert holder.wait() == (-signal.SIGKILL if sys.platform != "win32" else 1)
    assert (tmp_path / "lock").exists(), "the control: it left its file"
    with held(tmp_path / "lock") as mine:
        assert mine
    assert list(tmp_path.iterdir()) == []


def test_who_waits_comes_next(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with held(tmp_path / "lock", wait=True) as mine:
            order.append(f"second {mine}")

    waiting = threading.Thread(target=second)
    with held(tmp_path / "lock"):
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second True"]
    assert list(tmp_path.iterdir()) == []
