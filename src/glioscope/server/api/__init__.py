"""The API for programs, `/api/v1`: one module per resource.

- `session`: signing in and out, and one's own password.
- `studies`: the work list, one study, and what may be done with its job.
- `uploads`: studies handed in, as files or in parts.
- `results`: what was found, as documents, files, volumes and pictures.
- `comparisons`: what changed since an earlier study of the same patient.
- `fhir`: the same as FHIR, for a hospital's information system.
- `events`: what changed, as it changes.
- `monitoring`: counts, agreement and drift over time.
- `users`: who may use it, and tokens of programs.
- `audit`: who did what.
- `node`: what waits between archives and this server, and what went wrong.
- `health`: whether the server lives, is ready, and how it does.
- `shapes`: what answers look like.
- `reading`: what readers make of studies.
"""
