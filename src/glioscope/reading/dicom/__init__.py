"""DICOM instances in, `Study` out."""
