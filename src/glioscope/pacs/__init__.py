"""The PACS node: studies in, results back, nobody clicks.

- `config.py`: what a node is told in its TOML file
- `node.py`: its sources, destinations and threads
- `gather.py`: from a source into a job; `arrivals.py` is its table
- `selection.py`, `rules.py`, `ours.py`: what is taken, where its result goes, and what is our own
- `deliver.py`: from a result to its destinations; `outbox.py` is its table
- `connections.py`: web servers with their passwords and certificates
- `sources/`, `destinations/`: one file for each kind
"""
