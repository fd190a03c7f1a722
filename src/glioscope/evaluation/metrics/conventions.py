"""What every figure in `scores.json` means; docs/reference/figures.md says the same to people."""

from dataclasses import dataclass

IOU_NAMES = (
    "iou_positive",
    "iou_all",
    "iou_pooled",
    "iou_hits",
    "box_iou_positive",
    "box_iou_all",
    "box_iou_pooled",
    "box_iou_hits",
)


@dataclass(frozen=True)
class Convention:
    """A figure's title for people, what exactly it is, what `n` counts, and digits to show."""

    title: str
    text: str
    of: str
    digits: int = 3


_BOXES = "with the smallest upright box around each slice's mask in place of the mask"

CONVENTIONS: dict[str, Convention] = {
    "tp": Convention("True positives", "Positive slices that were called.", "slices", 0),
    "fp": Convention("False positives", "Slices without tumour that were called.", "slices", 0),
    "tn": Convention("True negatives", "Slices without tumour, not called.", "slices", 0),
    "fn": Convention("False negatives", "Positive slices that were not called.", "slices", 0),
    "recall": Convention(
        "Recall, tumour", "TP / (TP + FN): share of positive slices called.", "positive slices"
    ),
    "precision": Convention(
        "Precision, tumour", "TP / (TP + FP): share of called slices positive.", "called slices"
    ),
    "f1": Convention("F1, tumour", "2 TP / (2 TP + FP + FN).", "slices"),
    "specificity": Convention(
        "Specificity",
        "TN / (TN + FP): share of slices without tumour left alone; the recall of that class.",
        "negative slices",
    ),
    "precision_negative": Convention(
        "Precision, no tumour",
        "TN / (TN + FN): share of slices not called that have no tumour.",
        "slices not called",
    ),
    "f1_negative": Convention("F1, no tumour", "2 TN / (2 TN + FN + FP).", "slices"),
    "accuracy": Convention("Accuracy", "(TP + TN) / all slices.", "slices"),
    "roc_auc": Convention(
        "ROC AUC", "Over slice probabilities; ties count half (Mann-Whitney).", "slices"
    ),
    "pr_auc": Convention(
        "PR AUC", "Average precision over slice probabilities, no interpolation.", "slices"
    ),
    "recall_at_specificity_95": Convention(
        "Recall at specificity ≥ 0.95",
        "Read from the ROC of the slices scored: the most recall at a specificity of at least "
        "0.95. Its threshold is chosen on these slices; `recall` has its threshold from elsewhere.",
        "slices",
    ),
    "fn_area_median": Convention(
        "Area of missed slices, median, px",
        "Reference area in pixels of the positive slices that were not called.",
        "missed slices",
        0,
    ),
    "fn_area_max": Convention(
        "Area of missed slices, largest, px",
        "The largest reference area on a slice that was not called.",
        "missed slices",
        0,
    ),
    "iou_positive": Convention(
        "IoU, positive slices",
        "Mean mask IoU over positive slices; a missed slice counts 0.",
        "positive slices",
    ),
    "iou_all": Convention(
        "IoU, all slices",
        "Mean mask IoU over all slices; both masks empty counts 1, only one empty counts 0.",
        "slices",
    ),
    "iou_pooled": Convention(
        "IoU, pooled", "Sum of intersections over sum of unions of all slices.", "slices"
    ),
    "iou_hits": Convention(
        "IoU, true positives",
        "Mean mask IoU over true-positive slices only; the only reading under which the paper's "
        "0.812 fits its own confusion matrix directly.",
        "true-positive slices",
    ),
    "box_iou_positive": Convention(
        "Box IoU, positive slices", f"iou_positive {_BOXES}.", "positive slices"
    ),
    "box_iou_all": Convention("Box IoU, all slices", f"iou_all {_BOXES}.", "slices"),
    "box_iou_pooled": Convention("Box IoU, pooled", f"iou_pooled {_BOXES}.", "slices"),
    "box_iou_hits": Convention(
        "Box IoU, true positives", f"iou_hits {_BOXES}.", "true-positive slices"
    ),
    "dice_mean": Convention(
        "Volume Dice, mean", "Dice of the whole patient volume, mean over patients.", "patients"
    ),
    "dice_median": Convention(
        "Volume Dice, median", "Dice of the whole patient volume, median.", "patients"
    ),
    "dice_p10": Convention(
        "Volume Dice, 10th percentile", "Dice of the whole patient volume.", "patients"
    ),
    "dice_below_05": Convention(
        "Patients with Dice < 0.5", "Count of patients; the tail decides.", "patients", 0
    ),
    "dice_below_07": Convention("Patients with Dice < 0.7", "Count of patients.", "patients", 0),
    "hd95_px": Convention(
        "HD95, median, px",
        "95th percentile of the distance of the outlines, the larger of both directions, in-plane "
        "pixels, per volume; median over patients. Infinite for a patient with more than 5 % of an "
        "outline on slices where the other mask is empty.",
        "patients",
        1,
    ),
    "hd95_px_infinite": Convention(
        "Patients with infinite HD95",
        "More than 5 % of an outline lies on slices where the other mask is empty.",
        "patients",
        0,
    ),
    "hd95_mm": Convention(
        "HD95, median, mm", "As hd95_px, in 3D and mm, where spacing is known.", "patients", 1
    ),
    "surface_dice_2px": Convention(
        "Surface Dice at 2 px, mean",
        "Share of both outlines within 2 px of the other, in-plane, per volume; mean of patients.",
        "patients",
    ),
    "surface_dice_2mm": Convention(
        "Surface Dice at 2 mm, mean",
        "As surface_dice_2px, in 3D and mm, where spacing is known.",
        "patients",
    ),
    "lesion_recall": Convention(
        "Lesions found",
        "Share of 3D components of the reference (26-connected) that the prediction overlaps by at "
        "least one voxel.",
        "lesions",
    ),
    "false_lesions_per_study": Convention(
        "False lesions per study",
        "3D components of the prediction that overlap no reference voxel, mean over studies.",
        "patients",
        2,
    ),
    "volume_error_median": Convention(
        "Volume error, median",
        "Absolute relative error of the predicted volume.",
        "patients with tumour",
    ),
    "volume_error_p90": Convention(
        "Volume error, 90th percentile",
        "Absolute relative error of the predicted volume.",
        "patients with tumour",
    ),
    "volume_icc": Convention(
        "Volume agreement, ICC(2,1)",
        "Absolute agreement of predicted and reference volume in voxels (Shrout and Fleiss 1979).",
        "patients",
    ),
    "patient_recall": Convention(
        "Patients found",
        "Share of patients with a tumour in whom a predicted component overlaps the reference.",
        "patients with tumour",
    ),
    "patient_specificity": Convention(
        "Patients without tumour left alone",
        "Share of patients without tumour with no slice called. Not measurable where every patient "
        "has a tumour, as in the LGG set.",
        "patients without tumour",
    ),
    "patient_miss_rate": Convention(
        "Miss rate per patient",
        "Share of a patient's positive slices that were missed, mean over patients: what a "
        "guarantee on misses is measured against, since slices of one patient are not "
        "exchangeable.",
        "patients with tumour",
    ),
    "promised_miss_rate": Convention(
        "Miss rate where alpha was promised",
        "Patients are split at random, 80 % set the threshold by conformal risk control for a mean "
        "miss rate of at most alpha and the rest is judged: their mean miss rate per patient, mean "
        "over splits. low and high are the 2.5th and 97.5th percentile over splits.",
        "splits",
    ),
    "promised_specificity": Convention(
        "Specificity where alpha was promised",
        "Share of the judged patients' slices without tumour below that threshold, mean over the "
        "same splits: what the promise costs.",
        "splits",
    ),
    "class_dice_mean": Convention(
        "Dice of a class, mean",
        "Dice of a class of tumour over the whole patient volume, mean over the patients in whom "
        "the reference or the prediction has it; one who has it in one of them alone counts 0.",
        "patients with the class",
    ),
    "class_dice_median": Convention(
        "Dice of a class, median", "As class_dice_mean, median.", "patients with the class"
    ),
    "class_dice_p10": Convention(
        "Dice of a class, 10th percentile", "As class_dice_mean.", "patients with the class"
    ),
    "class_volume_error_ml": Convention(
        "Volume error of a class, median, ml",
        "Absolute difference of predicted and reference volume of a class, median over the same "
        "patients, where spacing is known.",
        "patients with the class",
        2,
    ),
    "dice_drop": Convention(
        "Drop of Dice",
        "Mean over patients of volume Dice before minus after, on the same patients (paired "
        "bootstrap). `variant=`: the studies as they are, then changed: FLAIR alone, everything "
        "outside the estimated brain removed, or half the resolution, decided with the thresholds "
        "of the unchanged studies; `variant=eight-bits`: the same studies by the network in 8 "
        "bits. `against=`: the run named there, then this one.",
        "patients",
    ),
    "recall_drop": Convention(
        "Drop of recall",
        "Recall over the slices of the same patients before minus after, as dice_drop.",
        "positive slices",
    ),
    "misses_listed": Convention(
        "Missed slices listed",
        "Share of the missed positive slices that stand in the list of possible misses; a region "
        "listed on a called slice does not count.",
        "missed slices",
    ),
    "list_length": Convention(
        "Possible misses per patient",
        "Slices that are not called and stand in the list of possible misses, mean over patients.",
        "patients",
        1,
    ),
    "recall_with_list": Convention(
        "Recall, called or listed",
        "Share of positive slices called, or listed as a possible miss.",
        "positive slices",
    ),
    "flagged_share": Convention(
        "Patients flagged for review",
        "Share of patients for whom the model asks for a review, by the Dice it expects of itself "
        "or because it called nothing.",
        "patients",
    ),
    "flag_recall_07": Convention(
        "Dice < 0.7 flagged for review",
        "Share of the patients with a volume Dice below 0.7 for whom the model asks for a review.",
        "patients with Dice < 0.7",
    ),
    "predicted_dice_mae": Convention(
        "Expected Dice, mean error",
        "Mean absolute difference of the Dice the model expects of itself and the volume Dice, "
        "over the patients in whom it outlined something.",
        "patients with an outline",
    ),
    "ece": Convention(
        "Calibration error (ECE)",
        "Distance of frequency from slice probability in 15 bins of equal mass.",
        "slices",
    ),
    "brier": Convention(
        "Brier score", "Mean squared distance of slice probability from outcome.", "slices", 4
    ),
}

INTERVALS = "95 % percentile intervals of a bootstrap over patients"
DRAW_INTERVALS = "mean over the draws; low and high are the 2.5th and 97.5th percentile of them"
