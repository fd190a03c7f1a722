"""What doctors say of the model's answers, and what follows from it.

- `monitoring`: counts, agreement and drift over time, with control limits.
- `training_set`: signed reviews as a training set.
- `pseudonyms`: names for patients and studies that leave the hospital.
"""
