"""A case that was found and not yet read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int32

from glioscope.errors import GridMismatch
from glioscope.reading.resample import nearest_to, overlap
from glioscope.study import Study
from glioscope.volume import Grid


@dataclass(frozen=True)
class Outline:
    """Whole numbers on a grid: 0 is background, each other value a class.

    `names` tells what a value stands for, where the source does.
    """

    values: Int32[np.ndarray, "i j k"]
    grid: Grid
    names: Mapping[int, str] = field(default_factory=dict[int, str])

    def on(self, study: Study) -> "Outline":
        """The same on the grid of a study: as it is, or the nearest value of each voxel.

        Raises:
            GridMismatch: the outline lies elsewhere, or has another shape and no millimetres.
        """
        grid = study.grid
        if self.grid.matches(grid):
            return self
        where = {"case": study.study_id, "shape": str(self.grid.shape), "expected": str(grid.shape)}
        if self.grid.nominal != grid.nominal or overlap(self.grid, grid) == 0:
            raise GridMismatch("own_data.outline_elsewhere", **where)
        return Outline(nearest_to(self.values, self.grid, grid), grid, self.names)


@dataclass(frozen=True)
class Candidate:
    """One case of a source.

    Attributes:
        name: of the case, a file name without its ending; says nothing of the patient where the
            source is DICOM.
        patient: cases with one name here are of one patient.
        site, scanner: what folds are balanced by; empty where nobody says.
        study: reads the pictures; raises what their reader raises.
        outline: reads the outline, given the pictures; raises what its reader raises.
    """

    name: str
    patient: str
    study: Callable[[], Study]
    outline: Callable[[Study], Outline]
    site: str = ""
    scanner: str = ""
