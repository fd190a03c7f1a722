"""Synthetic heads with known answers, made by code.

- `study`: a head with lesions, as a study and its true mask.
- `head`: the anatomy, painted from the skin inwards.
- `shapes`: tissues, shapes and paint.
"""
