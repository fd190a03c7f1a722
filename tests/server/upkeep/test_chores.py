"""What is done once an hour: again and again, also after a failure, until the server ends."""

import logging
import threading

from glioscope.server.upkeep.chores import doing


def test_chores_go_on_after_a_failure_that_tells_nothing_of_a_patient(caplog) -> None:
    second, others = threading.Event(), threading.Event()
    calls = 0

    def failing() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            second.set()
        raise RuntimeError("Ivanova^Anna")

    with caplog.at_level(logging.ERROR), doing([failing, others.set], every_s=0.01):
        assert second.wait(20) and others.wait(20)
    assert "RuntimeError" in caplog.text and "Ivanova" not in caplog.text


def test_none_is_none() -> None:
    before = threading.active_count()
    with doing([]):
        assert threading.active_count() == before
