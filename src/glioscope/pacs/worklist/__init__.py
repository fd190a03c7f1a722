"""Workitems of a worklist by UPS-RS (PS3.18, section 11), as IHE's AIW-I has them done.

- `workitems`: the only writer of the table of workitems.
- `server`: the requests of UPS-RS.
- `outlook`: how far a study is, from its arrival to its deliveries.
- `datasets`: what a worklist is told: progress, what was performed, why it was given up.
- `channel`: a WebSocket on which a server tells what happens.
- `events`: requests to cancel.
- `performer`: claims workitems and brings each to its end.
"""
