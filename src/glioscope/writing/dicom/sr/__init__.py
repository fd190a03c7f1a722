"""Structured reports: what was found and measured, in codes that other programs read.

- `image_library`: every source image that a report is about, TID 1600.
- `key_images`: the slices worth opening first, TID 2010.
- `measurements`: figures, each with a unit and an interval.
- `observer`: who observed: the program, and the reader where one drew.
- `report`: the report of a study, TID 1500.
"""
