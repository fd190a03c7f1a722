"""Results as DICOM instances."""
