"""The command line: one file per command, heavy imports inside the functions.

- `main`: the commands put together, and errors turned into exit codes.
- `analyze`: studies in, findings and reports out.
- `inspect`: what is in an input and what would be used.
- `compare`: what changed between two analysed studies of one patient.
- `anonymize`: MR instances without their patient.
- `demo`: the whole way on a study made by code.
- `train`: from the LGG folder to a run folder.
- `describe`: what a preset trains, and how long that takes here.
- `update_model`: the model in use, tuned on what doctors signed.
- `evaluate`: predictions beside the truth, every figure with its interval.
- `export`: trained runs to a bundle that `analyze` can load.
- `selftest`: is this installation whole?
- `data`: get the public LGG set, check it, draw it, carry it, make DICOM of it.
- `archive`: `glioscope batch`: many studies, here or shared among computers.
- `batch`: the studies of one call of `analyze`, one after the other or in several processes.
- `server`: commands that run the workplace and look after it.
- `pacs`: a node between the archive and the analysis.
- `support`: what several commands share.
"""
