"""The command line: one file per command, heavy imports inside the functions.

- `analyze`: studies in, findings and reports out.
- `anonymize`: MR instances without their patient.
- `compare`: what changed between two analysed studies of one patient.
- `data`: the public LGG set fetched, checked, drawn, packed and made DICOM of.
- `demo`: the whole way on a study made by code, the truth beside what was found.
- `evaluate`: predictions beside the truth, every figure with its interval.
- `export`: trained runs to a bundle that `analyze` can load.
- `inspect`: what is in an input and what would be used, without analysing it.
- `main`: the commands put together, and errors turned into exit codes.
- `selftest`: is this installation whole, and does it find what it must find?
- `support`: what several commands share.
- `train`: from the LGG folder to a run folder.
"""
