"""Studies with outlines from anywhere, as one set to train on: taken in, checked, seen, split.

- `candidate`: a case that was found and not yet read.
- `check`: is a set of labelled studies whole, sound, and free of twins?
- `classes`: which values of an outline make up each class, where classes are kept apart.
- `importing`: cases of any layout into one set, whole or not at all.
- `labels`: which values of an outline count as tumour.
- `layouts`: how others keep studies and their outlines.
- `page`: every case of a set as one picture, to look at before anything is trained.
- `split`: patients in parts for cross-validation, fixed in the set with the hash of its data.
"""
