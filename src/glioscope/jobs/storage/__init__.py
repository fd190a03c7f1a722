"""Where studies and results lie: folders, whole or not at all.

- `store`: what every store can do, and the one on a disk.
- `object_store`: the one that several computers share by fsspec.
- `stores`: which of them it is.
"""
