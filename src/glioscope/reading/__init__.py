"""Files in, `Study` out."""
