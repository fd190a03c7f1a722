"""Two studies of one patient.

- `comparison`: what changed between them, and the RANO class of the change.
"""
