"""How far the outlines of a study agree: the model's with each reader's, and theirs."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import APIRouter

from glioscope.reviews.pairs import Outline, Pair, outlines_of, pairs_of
from glioscope.reviews.sight import sight_of
from glioscope.server.access.guard import Viewer, note
from glioscope.server.access.sight import require_others
from glioscope.server.api.reading.asked import ListId, require_study
from glioscope.server.api.reading.shapes import Agreement, Outlined, PairShape
from glioscope.server.context import Context, Here
from glioscope.server.problems import Problem

router = APIRouter(prefix="/studies/{study_id}", tags=["reading"])


@router.get("/agreement")
def get_agreement(study_id: str, here: Here, who: Viewer, list_id: ListId = None) -> Agreement:
    """Every pair of outlines that one may see; for a list, as its readers handed them in."""
    with here.reads.connect() as connection:
        require_study(connection, study_id)
        require_others(here, who, study_id)
        seen = sight_of(connection, who.name, study_id)
        found = outlines_of(connection, study_id, who.name, seen, list_id)
    note(here, who, "view", f"{study_id} agreement")
    return Agreement(pairs=pair_shapes(here, found))


def pair_shapes(here: Context, outlines: Sequence[Outline]) -> list[PairShape]:
    """Every pair as answers have it."""
    try:
        return [_shape(pair) for pair in pairs_of(here.store, outlines)]
    except FileNotFoundError as error:
        # Deleted since its rows were read.
        raise Problem(HTTPStatus.NOT_FOUND, "server.no_study") from error


def _shape(pair: Pair) -> PairShape:
    return PairShape(
        a=_outlined(pair.one),
        b=_outlined(pair.other),
        dice=pair.dice,
        kappa=pair.kappa,
        volume_difference_ml=pair.difference_ml,
        slices=pair.slices,
    )


def _outlined(outline: Outline) -> Outlined:
    return Outlined(who=outline.who, version=outline.version)
