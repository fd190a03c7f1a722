"""Studies as DICOM MR series, for pictures, NIfTI and phantoms."""
