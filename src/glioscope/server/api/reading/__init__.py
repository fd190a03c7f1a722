"""What readers make of studies, one module per resource.

- `shapes`: what answers look like.
- `asked`: what requests of readers have in common.
- `versions`: outlines that readers drew.
- `drafts`: what is drawn and not handed in.
- `reviews`: verdicts, signed and superseded.
- `agreement`: how far outlines of a study agree.
- `presence`: who has a study open.
- `priors`: earlier studies of the patient.
- `lists`: reading lists, and how far their readers agree.
"""
