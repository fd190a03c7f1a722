"""How good a model is: predictions beside the truth, without leaks.

- `metrics`: single figures of slices, volumes and outlines.
- `predictions`: what a network said, and the truth beside it.
- `splits`: patients parted for training and test.
- `variants`: studies changed to be like those of elsewhere.
- `scores`: figures of patients and cohorts, with intervals.
- `report`: the page, plots, tables and files.
- `evaluate`: all of it for one set of predictions.
"""
