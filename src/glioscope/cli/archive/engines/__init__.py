"""Who analyses the studies of an archive: processes of this computer, or a Ray cluster.

- `engine`: what every engine can do.
- `choice`: which of them it is.
- `local`: processes of this computer.
- `ray_cluster`: actors on the computers of a Ray cluster.
- `ray_actor`: one of them, with a model that stays.
"""
