"""TIFF and PNG slices in, an array on its grid out."""
