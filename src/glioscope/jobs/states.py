"""What may become of a job."""

from enum import StrEnum


class State(StrEnum):
    """`refused` is what the input deserves, whoever tries again; `failed` may be tried again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Nothing more happens to a job in one of these by itself.
ENDED = (State.DONE, State.REFUSED, State.FAILED, State.CANCELLED)
