"""Research data sets: fetched, checked, packed, drawn.

- `fetch`: the public LGG set from Kaggle.
- `lgg_check`: is a folder in the LGG layout whole and sound?
- `pack`: the set in a few files, without loss.
- `plots`: how the set is made up.
"""
