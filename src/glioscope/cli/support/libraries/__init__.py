"""Which libraries a command imports, when, and how loud they may be.

- `left_out`: those that are not imported for a study.
- `noise`: those that are kept off stderr.
- `warm_up`: those of the writers, imported while the network runs.
"""
