"""The mask as numbered lesions."""

import numpy as np
from jaxtyping import UInt16

from glioscope.analysis import Analysis
from glioscope.errors import GridMismatch
from glioscope.model.components import boxes, label


def lesion_labels(analysis: Analysis) -> UInt16[np.ndarray, "i j k"]:
    """The mask with each voxel numbered as its lesion among `analysis.findings`; 0 outside.

    Raises:
        GridMismatch: the mask and the findings do not describe the same lesions.
    """
    labels, count = label(analysis.mask.array)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    found = {}
    for number, (i, j, k) in enumerate(boxes(labels), start=1):
        corners = (i.start, j.start, k.start, i.stop, j.stop, k.stop)
        found.setdefault((int(sizes[number]), corners), []).append(number)
    renamed = np.zeros(count + 1, dtype=np.uint16)
    for finding in analysis.findings:
        same = found.get((finding.voxels, finding.box_voxel))
        if not same:
            raise GridMismatch(
                "writing.lesion_lost", study=analysis.study.study_id, lesion=finding.label
            )
        renamed[same.pop(0)] = finding.label
    if count != len(analysis.findings):
        raise GridMismatch(
            "writing.lesion_count",
            study=analysis.study.study_id,
            mask=count,
            findings=len(analysis.findings),
        )
    return renamed[labels]
