"""What several commands share.

- `analysis_job`: what `analyze` does with the studies it found, one after the other.
- `console`: notices and progress, all on stderr.
- `inspected`: what `inspect` found, as people read it.
- `series_names`: the options that name DICOM series, and the code page of their text.
- `spacing`: the option `--spacing`.
"""
