"""The paper's result, to stand beside ours.

Source: the test set of the paper that this project repeats (docs/reference/figures.md): 90 slices
drawn at random from 3929 of 110 patients, so that slices of one patient stand on both sides (the
protocol `paper-leaky`). The convention of its IoU is not stated.
"""

from glioscope.evaluation.metrics import ConfusionCounts, wilson

COUNTS = ConfusionCounts(tp=25, fp=1, tn=57, fn=7)
SLICES = 90
MEAN_IOU = 0.812
RECALL_INTERVAL = wilson(COUNTS.tp, COUNTS.tp + COUNTS.fn)
PROTOCOL = "paper-leaky: 3929 slices split at random, 3182 / 657 / 90"
