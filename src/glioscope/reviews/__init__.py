"""What readers make of studies: outlines of their own, verdicts, blind reading, and what follows.

- `sight`: what one may see of a study; the blind rule, in one place.
- `outlines`: outlines that readers draw, and what is made of them.
- `reasons`: verdicts, and why a finding is no tumour of this kind.
- `verdicts`: reviews: given, signed, superseded, withdrawn.
- `lists`: studies that readers outline without seeing each other's work.
- `agreement`: how far two outlines agree.
- `pairs`: whose outlines of a study are compared.
- `presence`: who has a study open.
- `priors`: earlier studies of the same patient.
- `worklist`: what the work list tells of all this.
- `monitoring`: counts, agreement and drift over time, with control limits.
- `export`: signed reviews as a training set.
"""
