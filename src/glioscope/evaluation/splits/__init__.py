"""Who is trained on and who is judged.

- `folds`: parts by patient or by hospital, kept in a file.
- `leaky`: the paper's split by slices, and one by patient beside it.
"""
