"""Files in, `Study` out.

- `read`: the one study behind a path.
- `inputs`: what the user named, as studies that are read only when asked.
- `lgg`: the public LGG layout, slices and masks.
- `nifti`: NIfTI files in any orientation.
- `nifti_folder`: which NIfTI file of a folder is which sequence.
- `nifti_mask`: a binary mask from a NIfTI file.
- `labelled`: studies with outlines in the raw layout of nnU-Net.
- `pictures`: slices as TIFF or PNG.
- `dicom`: DICOM series, chosen and put in order.
- `containers`: what files come in: folders, ZIPs, discs.
- `resample`: an image onto another grid.
- `checks`: what every reader refuses.
- `damage`: what decoders raise on damaged files.
- `quiet`: silence for libraries that warn of values as scanners write them.
- `examined`: whose study it is and of which day, where that is known.
- `results`: what `analyze` left of a study, read back and checked.
"""
