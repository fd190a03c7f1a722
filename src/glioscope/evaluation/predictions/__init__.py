"""Predicted and true masks, read and kept."""
