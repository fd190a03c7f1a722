"""`Analysis` in, files out."""
