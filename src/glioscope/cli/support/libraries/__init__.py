"""Which libraries a command imports, when, and how loud they may be.

- `noise`: those that are kept off stderr.
- `warm_up`: those of the writers, imported while the network runs.
"""
