"""A network that learns from others.

- `teachers`: who may teach whom, and what they say.
"""
