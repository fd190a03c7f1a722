"""A result as FHIR R4, after HL7's "DICOM SR to FHIR Resource Mapping" guide.

- `bundle`: study, report, software and, for those who may know, patient.
- `observations`: what was found and measured, one Observation for each figure.
- `codes`: concepts, units and references as FHIR writes them.
"""
