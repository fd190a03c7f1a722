"""Every figure we report, with its convention: the one place to import.

- `slices`: tumour or no tumour, over slices.
- `overlap`: IoU per slice under every convention.
- `volume`: Dice, lesions and volume of whole patients.
- `surface`: how far apart two outlines run.
- `calibration`: whether probabilities are true.
- `bootstrap`: intervals over patients.
- `conventions`: what each figure means.
"""

from glioscope.evaluation.metrics.bootstrap import Interval, bootstrap, of_sums
from glioscope.evaluation.metrics.calibration import Reliability, brier, ece, reliability_curve
from glioscope.evaluation.metrics.overlap import (
    SliceOverlap,
    box_iou_all,
    box_iou_hits,
    box_iou_pooled,
    box_iou_positive,
    false_negative_areas,
    iou_all,
    iou_hits,
    iou_pooled,
    iou_positive,
    slice_overlap,
)
from glioscope.evaluation.metrics.slices import (
    ConfusionCounts,
    OperatingPoint,
    PrCurve,
    RocCurve,
    confusion,
    pr_auc,
    pr_curve,
    recall_at_specificity,
    roc_auc,
    roc_curve,
    wilson,
)
from glioscope.evaluation.metrics.surface import (
    Hd95Summary,
    hd95,
    hd95_of,
    hd95_summary,
    surface_dice,
    surface_dice_of,
    surface_distances,
)
from glioscope.evaluation.metrics.volume import (
    DiceSummary,
    LesionCounts,
    VolumeErrorSummary,
    dice_summary,
    dice_volume,
    icc,
    lesions,
    patient_found,
    relative_volume_error,
    volume_error_summary,
)

__all__ = [
    "ConfusionCounts",
    "DiceSummary",
    "Hd95Summary",
    "Interval",
    "LesionCounts",
    "OperatingPoint",
    "PrCurve",
    "Reliability",
    "RocCurve",
    "SliceOverlap",
    "VolumeErrorSummary",
    "bootstrap",
    "box_iou_all",
    "box_iou_hits",
    "box_iou_pooled",
    "box_iou_positive",
    "brier",
    "confusion",
    "dice_summary",
    "dice_volume",
    "ece",
    "false_negative_areas",
    "hd95",
    "hd95_of",
    "hd95_summary",
    "icc",
    "iou_all",
    "iou_hits",
    "iou_pooled",
    "iou_positive",
    "lesions",
    "of_sums",
    "patient_found",
    "pr_auc",
    "pr_curve",
    "recall_at_specificity",
    "relative_volume_error",
    "reliability_curve",
    "roc_auc",
    "roc_curve",
    "slice_overlap",
    "surface_dice",
    "surface_dice_of",
    "surface_distances",
    "volume_error_summary",
    "wilson",
]
