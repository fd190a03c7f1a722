"""TIFF and PNG slices in, an array on its grid out.

- `slices`: one picture, a multi-page TIFF, or a folder of them.
- `decode`: picture files to arrays, exactly.
- `stack`: a stack of pictures to a study.
"""
