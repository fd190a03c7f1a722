"""Studies changed on purpose: no skull, FLAIR alone, coarse."""
