"""Studies that lie elsewhere: each is brought when its turn comes, and cleared away after it.

What lies at a place is known only once it was brought: a ZIP may hold several studies of DICOM,
which are named by their UIDs. All that a place holds is analysed in its turn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn, Protocol

from glioscope.cli.batch.attempt import Outcome, PlaceElsewhere, of_study
from glioscope.cli.batch.job import Wishes
from glioscope.cli.support.output import refused
from glioscope.cli.support.scratch import scratch_folder
from glioscope.errors import GlioscopeError, Unreachable
from glioscope.reading.inputs import StudyInput, renamed

# Whether a study's name is that of the place with this key, from now on.
Belongs = Callable[[str, str], bool]
# Of a place's key, where a study of the same name lies at another place.
_APART_DIGITS = 6


class Origin(Protocol):
    """A place that a process can bring studies from; it holds no passwords."""

    @property
    def key(self) -> str:
        """Tells the place from all others, and nothing of a patient."""
        ...

    @property
    def version(self) -> str:
        """Differs when something else lies there than did."""
        ...

    def bring(self, folder: Path) -> Path:
        """Bring what lies there into an empty folder; gives the path to be read.

        Raises:
            Unreachable: it does not answer, or what it gave is not whole.
            InputError: what lies there is not to be trusted.
            OSError: there is no room.
        """
        ...


@dataclass(frozen=True)
class Distant(StudyInput):
    """What lies at a place elsewhere; `study_id` is its name until its studies are known."""

    origin: Origin = field(kw_only=True)


@dataclass(frozen=True)
class Turn:
    """What a process needs to analyse all that lies at a place.

    `name` is what the place's study is called whose own name is `own_name`; others keep theirs.
    """

    origin: Origin
    own_name: str
    name: str

    def outcomes(
        self, wishes: Wishes, attempt: Callable[[StudyInput], Outcome], belongs: Belongs
    ) -> list[Outcome]:
        """What became of each study there; of none where it could not be brought or read.

        `attempt` analyses one, `belongs` tells whether a name is this place's.
        """
        try:
            with scratch_folder() as folder:
                found = wishes.find([self.origin.bring(folder)])
                found = [self._named(one, belongs) for one in found]
                names = tuple(one.study_id for one in found)
                return [self._told(attempt(one), names) for one in found]
        except GlioscopeError as error:
            told = of_study(self.name, error)
        except OSError as error:
            told = of_study(self.name, Unreachable.of(refused(error)))
        return [self.failed(told)]

    def failed(self, error: GlioscopeError) -> Outcome:
        """The place as one study that failed; it is tried again by itself once it answers."""
        outcome = Outcome(study_id=self.name, status="failed", error=error)
        told = self._told(outcome, (self.name,))
        if isinstance(error, Unreachable) and told.place:
            return replace(told, place=replace(told.place, version=""))
        return told

    def _told(self, outcome: Outcome, names: tuple[str, ...]) -> Outcome:
        place = PlaceElsewhere(self.origin.key, self.origin.version, self.name, names)
        return replace(outcome, place=place)

    def _named(self, found: StudyInput, belongs: Belongs) -> StudyInput:
        wanted = self.name if found.study_id == self.own_name else found.study_id
        apart = f"{wanted}-{self.origin.key[:_APART_DIGITS]}"
        mine = belongs(wanted, self.origin.key)
        name = wanted if mine else apart
        return found if name == found.study_id else renamed(found, name)


def not_here() -> NoReturn:
    """What `read` of a `Distant` does.

    Raises:
        ValueError: always.
    """
    raise ValueError("what lies elsewhere has to be brought before it is read")
