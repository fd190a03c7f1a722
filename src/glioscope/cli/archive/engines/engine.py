"""What every engine can do."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from glioscope.cli.archive.results import Results
from glioscope.cli.batch.attempt import Outcome
from glioscope.cli.batch.job import Job, Network, Wishes

if TYPE_CHECKING:
    from glioscope.reading.inputs import StudyInput


@dataclass(frozen=True, kw_only=True)
class Order:
    """What workers are told before their first study."""

    network: Network
    job: Job
    wishes: Wishes
    results: Results


class Engine(Protocol):
    """Workers somewhere, each with a model that stays and one study at a time."""

    def outcomes(
        self, studies: "Sequence[StudyInput]"
    ) -> Generator[tuple[int, Outcome], None, None]:
        """What becomes of each study, with its place in `studies`, as each ends.

        A study whose worker died while it was at it comes as one that died (`is_death`). A worker
        is handed its next study when it has told of the last, and no worker is handed anything
        while nobody asks what comes next. Close the generator to end all workers.
        """
        ...
