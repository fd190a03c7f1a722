"""What is written of an evaluation.

- `page`: `report.html`.
- `html`: HTML from the room's templates, with everything escaped.
- `tables`: figures as text and HTML tables.
- `plots`: SVG plots without pictures.
- `overlays`: slices with both outlines.
- `score_files`: `scores.json` and `scores.csv`.
- `error_causes`: why slices and patients failed, by rules.
- `error_page`: `errors.md`.
- `history`: the history of a training run.
"""
