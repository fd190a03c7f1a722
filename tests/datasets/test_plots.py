"""The figures' numbers have known answers; the drawing itself is looked at by people."""

from pathlib import Path

import numpy as np
import pytest

from glioscope.datasets.lgg_check import CaseReport, LggReport
from glioscope.errors import InputError

plots = pytest.importorskip("glioscope.datasets.plots", exc_type=ModuleNotFoundError)


def case(name: str, areas: tuple[int, ...]) -> CaseReport:
    return CaseReport(name, len(areas), areas, ((256, 256),), (), ())


def test_tumour_along_head() -> None:
    report = LggReport(
        (
            case("TCGA_CS_0001_20000101", (0, 0, 5, 5)),
            case("TCGA_CS_0002_20000101", (0, 9, 9, 9, 9, 9, 9, 9)),
            case("TCGA_CS_0003_20000101", ()),
        )
    )
    np.testing.assert_allclose(plots.tumour_along_head(report, 4), [0.5, 0.5, 1.0, 1.0])
    np.testing.assert_allclose(plots.tumour_along_head(report, 8)[:2], [0.0, 0.5])
    assert plots.tumour_along_head(LggReport(())).tolist() == [0.0] * 20


@pytest.mark.parametrize("areas", [(0, 0, 40, 700, 3000), (0, 0), (1,)])
def test_every_set_can_be_drawn(tmp_path: Path, areas: tuple[int, ...]) -> None:
    plots.plot_data(LggReport((case("TCGA_CS_0001_20000101", areas),)), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        plots.plot_data(LggReport((case("TCGA_CS_0001_20000101", ()),)), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
