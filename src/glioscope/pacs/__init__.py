"""The PACS node: studies in, results back, nobody clicks.

- `config`: what a node is told in its TOML file.
- `leases`: rows that one node at a time is at.
- `node`: its sources, its destinations, and the threads that work for them.
- `gather`: from a source into a job.
- `arrivals`: the only writer of the table of studies that are on their way.
- `selection`: which studies are taken, and why the others are not.
- `rules`: where a result goes, and how.
- `ours`: tells series that glioscope made from those of a scanner.
- `deliver`: from a result to its destinations.
- `outbox`: the only writer of the table of results that are on their way.
- `connections`: web servers with their passwords and certificates.
- `check`: tries every connection.
- `status`: what waits, for how long, and what went wrong.
- `sources`: where studies come from.
- `worklist`: workitems of a worklist, each brought to its end.
- `destinations`: where results go.
"""
