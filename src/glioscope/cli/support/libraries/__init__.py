"""Which libraries a command imports, when, and how loud and how large they may be.

- `heap`: what the C library keeps of memory that was freed.
- `noise`: those that are kept off stderr.
- `warm_up`: those of the writers, imported while the network runs.
"""
