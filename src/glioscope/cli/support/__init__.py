"""What several commands share.

- `cluster`: the Ray cluster whose computers a command may work on.
- `command`: how every command's help looks, older spellings, and being stopped.
- `console`: notices and progress on stderr.
- `inspected`: what `inspect` found, as people read it.
- `language`: in which language a command speaks.
- `letters`: what is printed where a file or a console knows few of them.
- `libraries`: which libraries are imported, when, and how loud they may be.
- `options`: options that several commands share.
- `output`: whether results can be written, asked before any work.
- `results_table`: results of `analyze` on stdout.
- `scratch`: folders for what is under construction, gone with their process.
- `series_names`: options that name DICOM series, and the code page of their text.
- `set_report`: what `data check` found, as people read it.
- `spacing`: the option `--spacing`.
- `stopping`: Ctrl-C and SIGTERM.
"""
