"""The evaluation page and its files."""
