"""Training on a GPU with all data on the device; needs the `jax` extra.

- `fit`: a whole epoch in one compiled call, with the files of an ordinary run.
- `augment`: the changes of `data.augment` as array operations.
- `predict`: answers for slices in memory, many at a time.
- `prepared`: slices of a whole set on disk, made once.
"""
