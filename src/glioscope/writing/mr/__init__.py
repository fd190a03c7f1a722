"""Studies as DICOM MR series, for pictures, NIfTI and phantoms.

- `series`: one sequence as a series, one instance per slice.
- `study`: a study of pictures as a DICOM study, a series per sequence.
"""
