"""What files come in: folders, ZIP archives, discs.

- `folder`: opens any of them, lists it once, and reads folders itself.
- `zip`: ZIP archives, refused whole when they are not to be trusted.
- `dicomdir`: the files that a DICOMDIR names.
- `unpack`: a ZIP of pictures or NIfTI files as a folder.
- `unwrap`: what was handed in, without ZIPs that readers do not open and folders in folders.
- `entry`: one file of an input, the input, and how much of it is read at most.
"""
