"""CPU seconds by stage, of nested work and of a whole process."""

import time
from pathlib import Path

import pytest
from bench.stages import IMPORTS, REST, STAGES, Stages, measured, table_of, text


def busy(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_what_a_stage_calls_counts_for_the_inner_one_alone() -> None:
    stages = Stages()
    with stages.within("outer"):
        busy(0.02)
        stages.counted(busy, "inner")(0.04)
        busy(0.02)
    assert stages.seconds["outer"] == pytest.approx(0.04, abs=0.01)
    assert stages.seconds["inner"] == pytest.approx(0.04, abs=0.01)


def test_every_stage_of_a_study_is_met(tmp_path: Path) -> None:
    [seconds] = measured(tmp_path, rounds=1, slices=6, size=96, uncounted=0)
    named = {stage for names in STAGES.values() for stage in names.values()}
    assert set(seconds) == named | {IMPORTS, REST}
    assert min(seconds.values()) >= 0 and seconds[IMPORTS] > 0


def test_the_table_has_medians_longest_first() -> None:
    table = table_of([{"a": 1.0, "b": 5.0}, {"a": 3.0, "b": 5.0}, {"a": 2.0}])
    assert list(table.items()) == [("b", 5.0), ("a", 2.0)]
    assert text(table).splitlines()[-1].split() == ["together", "7.00", "s"]
