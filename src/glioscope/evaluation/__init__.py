"""The figures of METRICS.md, folds, scores and the evaluation page."""
