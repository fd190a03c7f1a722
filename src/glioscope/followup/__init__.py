"""Two studies of one patient."""
