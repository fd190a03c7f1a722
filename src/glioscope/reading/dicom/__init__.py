"""DICOM instances in, `Study` out.

- `study`: a study behind a path, found by its headers and read by its pixels.
- `sniff`: whether a file is DICOM, by its first bytes.
- `files`: every DICOM file of an input, as headers.
- `headers`: headers as plain numbers and words, one record per frame.
- `text`: text in headers, by its character set.
- `body_part`: a part of the body that a header names and that is no head.
- `standard`: which attributes results take over, and whether they keep the standard.
- `series`: headers to stacks of frames.
- `sequence_class`: which series is T1, FLAIR, T1 with contrast.
- `description_words`: what an operator's words say of a series.
- `geometry`: where the frames of a stack lie.
- `choice`: which series are analysed, and why the rest are not.
- `pixels`: pixels of a stack, decoded and rescaled.
- `describe`: what a study holds, for `glioscope inspect`.
"""
