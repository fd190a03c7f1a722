from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import InputError
from glioscope.evaluation.variants.changes import VARIANTS
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.reading.lgg import list_cases, read_case
from glioscope.training.data.slices import load_slices
from glioscope.training.on_device.prepared import PreparedSet, join
from lgg_folder import head_stack, write_case

PLAN = Plan("toy", "0", size=32)


@pytest.fixture
def made(tmp_path: Path) -> PreparedSet:
    for seed, name in enumerate(("TCGA_DU_1111_19990101", "TCGA_DU_2222_19990101")):
        write_case(tmp_path / "data", name, *head_stack(slices=3 + seed, seed=seed))
    prepared = PreparedSet(tmp_path / "prepared", list_cases(tmp_path / "data"))
    prepared.make([PLAN], PLAN, processes=1)
    return prepared


def test_it_is_what_loading_the_cases_together_gives(made: PreparedSet) -> None:
    whole, found = load_slices(made.cases, PLAN), made.load(32)
    assert found.names == whole.names
    for field in ("planes", "masks", "area_px", "first", "last", "near", "brain", "brain_gain"):
        assert np.array_equal(getattr(found, field), getattr(whole, field)), field
    assert [list(p) for p in made.positions(found).values()] == [[0, 1, 2], [3, 4, 5, 6]]
    assert join([whole]).first.tolist() == whole.first.tolist()


def test_changed_studies_and_references_follow_the_same_order(made: PreparedSet) -> None:
    store = made.load(32)
    for name, change in VARIANTS.items():
        planes = made.variant(32, name)
        expected = prepare(change(read_case(made.cases[1])), PLAN).planes
        assert np.array_equal(planes[3:], expected.astype(np.float16))
    references = made.references()
    assert tuple(references) == store.names
    assert [int(mask.sum()) for mask in references.values()] == store.area_px.tolist()


def test_what_was_not_made_is_named(made: PreparedSet) -> None:
    with pytest.raises(InputError, match=r"side-64\.npz is missing.*prepare"):
        made.load(64)
