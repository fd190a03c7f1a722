"""The model in use, watched: counts, agreement with doctors and drift of the input over time.

docs/reference/monitoring.md defines every figure.

- `periods`: days, weeks and months of a range, and which of them is long enough.
- `cases`: one line for each study, from the tables.
- `limits`: control limits of shares and of medians.
- `charts`: figures by period beside their limits.
- `drift`: figures of the input against the studies that the model learned from.
- `overview`: all of it for a range of days.
- `sheet`: counts by period and version as CSV.
- `report`: the same in the shape that an authority asks for.
"""
