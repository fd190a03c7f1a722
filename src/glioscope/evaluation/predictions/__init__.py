"""What a network said of patients, and the truth it is held against.

- `types`: a patient or a draw of slices as predicted.
- `archive`: `predictions.npz`: many of them in one file.
- `load`: from an archive or a folder of `analyze` results.
- `references`: the true masks, and pictures of the studies.
- `trained_on`: which studies the model was trained on.
- `lesion_contrast`: how a lesion stands out on FLAIR.
"""
