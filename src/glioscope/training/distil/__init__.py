"""A network that learns from others."""
