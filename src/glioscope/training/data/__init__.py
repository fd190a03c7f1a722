"""Slices and batches that a network learns from."""
