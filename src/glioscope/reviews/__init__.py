"""What readers make of studies: outlines of their own, verdicts, blind reading, and what follows.

- `sight`: what one may see of a study; the blind rule, in one place.
- `packed`: an outline as a page sends it.
- `volumes`: the view of a study, read back.
- `redraw`: everything made again from a reader's outline, by a process of its own.
- `versions`: outlines of readers, numbered and never changed.
- `drafts`: what somebody has drawn and not handed in.
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
