"""What programs that speak DICOM may do here: hand studies in (STOW-RS, PS3.18, section 10.5).

- `stow`: the two addresses.
- `parts`: the body of such a request, written to files as it comes.
- `instances`: whose instance each file is, and which of them are not taken.
"""
