"""Results as DICOM instances.

- `algorithm`: what made a result, told alike wherever DICOM asks for it.
- `deidentify`: MR instances without their patient.
- `elements`: UIDs, coded concepts, and how a file is saved.
- `encapsulated_pdf`: the PDF report inside a DICOM file.
- `header`: whose the results are, what they are called, when they were made.
- `mosmed`: results in the shape that Moscow's centre for radiology asks of services.
- `results`: every DICOM result of a study, in its folder.
- `secondary_capture`: slices with the outline burnt in, for viewers without segmentations.
- `seg`: the segmentation: lesions on the frames of FLAIR.
- `source`: the FLAIR series that a result points back at.
- `sr`: structured reports.
- `standard_in_parts`: highdicom's table of the standard, read module by module.
- `target`: what all results of a study point at, found and checked once.
"""
