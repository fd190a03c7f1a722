"""`glioscope pacs`: a node between the archive and the analysis.

- `node`: its commands.
"""
