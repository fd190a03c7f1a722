"""`glioscope pacs`: a node between the archive and the analysis.

- `node.py`: `run`, `init`, `check`, `status` and `again`
"""
