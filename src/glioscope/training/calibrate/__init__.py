"""Thresholds and other figures of a plan, fitted out of fold.

- `answer`: what a network said of a patient, beside the expert's outline.
- `thresholds`: a whole plan: operating points, calibration, outline, clean-up.
- `expected_dice`: the ridge by which a study's Dice is expected.
- `intervals`: margins of volumes and diameters.
- `margins`: how far the sure and the possible region lie from the outline.
- `gate_reference`: how the training data looks, for the quality gate.
"""
