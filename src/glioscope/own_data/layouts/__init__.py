"""How others keep studies and their outlines.

- `bids`: BIDS, outlines among its derivatives.
- `contours`: outlines as RTSTRUCT: closed lines on slices.
- `dicom`: DICOM series with SEG or RTSTRUCT beside them.
- `find`: which layout a source has, and its cases.
- `known`: sets that the package reads already: LGG pictures, and labelled studies of its own.
- `nnunet`: the raw layout of nnU-Net, versions 1 and 2.
- `pairs`: NIfTI as outlines and pictures are kept on disk.
- `segmentation`: outlines as DICOM SEG.
- `table`: a CSV that names the files of each case.
"""
