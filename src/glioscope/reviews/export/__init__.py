"""Signed reviews as a training set.

- `training_set`: the studies, with the outlines that doctors stand for.
"""
