"""The node as a whole: all of it works, or it says that it does not."""

from pathlib import Path

import pytest

from glioscope.pacs.gather import Gatherer, Place
from glioscope.pacs.node import node
from pacs.conftest import config


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_part_that_ends_by_a_fault_ends_the_node(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbox").mkdir()
    source = {"kind": "folder", "name": "inbox", "path": str(tmp_path / "inbox"), "poll_s": 0.1}
    told = config(source=[source])
    with node(place, told, tmp_path / "staging") as broken:
        assert not broken.wait(0.1)

    def fault(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Gatherer, "watch", fault)
    with node(place, told, tmp_path / "staging") as broken:
        assert broken.wait(30)
