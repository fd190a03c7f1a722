"""`Analysis` in, files out.

- `analysis_json`: `analysis.json`, the result for programs, which `reading.results` reads back.
- `bids`: mask and probability as a BIDS derivative data set.
- `dicom`: results as DICOM instances.
- `fhir`: results as FHIR, for a hospital's information system.
- `labelled`: studies with outlines as a training set.
- `mask_pictures`: masks as pictures, one per slice, beside the source's own.
- `mr`: pictures, NIfTI and phantoms as DICOM MR series.
- `nifti`: mask, probability and pictures as NIfTI on the reference grid.
- `overview`: `overview.png`, the study at a glance.
- `report`: the report for people, as PDF and as a page.
- `slice_pictures`: slices as pictures with their outline, and which are worth showing.
- `study_folder`: all results of a study in one folder, which appears whole or not at all.
- `view`: volumes for a viewer in the browser.
- `wording`: how writers say sentences and numbers, in the reader's language.
"""
