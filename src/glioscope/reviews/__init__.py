"""What doctors say of the model's answers, and what follows from it.

Rooms:

- `monitoring`: counts, agreement and drift over time, with control limits.
"""
