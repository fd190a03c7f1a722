"""Studies changed on purpose: no skull, FLAIR alone, coarse.

- `changes`: the changes by name.
- `brain`: where the brain lies, for taking the skull away.
"""
