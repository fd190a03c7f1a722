"""The studies of one call of `analyze`: each on its own, in one process or in several.

- `attempt`: one study: claimed, read, analysed, written, and what became of it.
- `earlier`: results that are there already: kept, skipped or replaced.
- `elsewhere`: studies that are brought when their turn comes, and cleared away after it.
- `failures`: the error, and so the exit code, of several studies together.
- `job`: what is the same for every study of one call.
- `run`: all studies, and what is said of each.
- `summary`: `studies.csv`, a line for each study of a folder.
- `tasks`: studies as tasks for another process, and what that does with each.
- `workers`: studies in several processes.
"""
