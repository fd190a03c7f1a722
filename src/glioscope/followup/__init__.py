"""Two studies of one patient.

- `comparison`: what changed between them, and the RANO class of the change.
- `earlier`: lesions of an earlier result, read back from its segmentation.
- `head`: where a head lies, by which two scans of it are laid on each other.
- `tracking`: which lesion is which over the studies.
"""
