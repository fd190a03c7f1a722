"""Figures of patients and cohorts with their intervals.

- `classes`: classes of tumour, each over whole volumes.
- `patient`: one patient beside the truth.
- `cohort`: patients resampled together.
- `figure`: a value with its interval, and the scores they make.
- `patient_figures`: figures that need whole patients.
- `score`: every figure, overall and by group.
- `draws`: draws of slices: mean and spread.
- `paired`: the same patients answered twice.
- `drops`: what changed studies and other runs cost.
- `promised_miss_rate`: whether a promised miss rate is kept.
- `subgroups`: Dice and recall by site, size, sequence and slices.
- `published`: the paper's result.
"""
