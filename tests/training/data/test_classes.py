"""Classes of a set become names of a configuration, and targets that move with the mask."""

from dataclasses import replace

import numpy as np
import pytest

from glioscope.errors import InputError, UsageError
from glioscope.own_data.classes import Classes
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.nnunet import nnunet_cases
from glioscope.training.data.batches import make_batch
from glioscope.training.data.cases import cases_in
from glioscope.training.data.classes import with_classes
from glioscope.training.data.slices import load_slices
from own_data_sets import write_nnunet
from toy_training import SMALL, toy_config

NAMES = ("core", "edema")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    cases = nnunet_cases(write_nnunet(folder / "nn", range(2)))
    import_cases(cases, folder / "kept", Classes.parse("core,edema"))
    import_cases(cases, folder / "whole", Labels())
    return folder


@pytest.fixture(scope="module")
def store(sets):
    config = with_classes(toy_config(), sets / "kept")
    return load_slices(cases_in(sets / "kept"), config.plan())


def test_the_set_names_the_classes_unless_they_have_no_weight(sets) -> None:
    assert with_classes(toy_config(), sets / "kept").network.classes == NAMES
    one = toy_config(class_weight=0.0)
    assert with_classes(one, sets / "kept") is one
    whole = toy_config()
    assert with_classes(whole, sets / "whole") is whole
    assert "class" not in whole.to_json()
    other = replace(whole, network=replace(SMALL, classes=("a", "b")))
    with pytest.raises(UsageError, match="keeps the classes core; edema apart, expected a; b"):
        with_classes(other, sets / "kept")
    with pytest.raises(UsageError, match="keeps no classes apart, expected a; b"):
        with_classes(other, sets / "whole")


def test_targets_are_shares_of_the_mask(sets, store) -> None:
    whole = load_slices(cases_in(sets / "whole"), toy_config().plan())
    assert whole.classes is None
    assert np.array_equal(whole.masks, store.masks) and np.array_equal(whole.planes, store.planes)
    together = store.classes.sum(axis=-1, dtype=int)
    assert np.abs(together - store.masks).max() <= 1
    assert (store.classes[..., 0] > 0).any() and (store.classes[..., 1] > 0).any()


def test_a_case_without_classes_teaches_none_and_one_with_others_is_refused(sets) -> None:
    plan = toy_config().plan()
    loaded = load_slices(cases_in(sets / "whole"), replace(plan, classes=NAMES))
    assert loaded.classes.shape[-1] == 2 and not loaded.classes.any()
    with pytest.raises(InputError, match="case0: the case keeps the classes core; edema apart"):
        load_slices(cases_in(sets / "kept"), replace(plan, classes=("core", "cyst")))


def test_classes_move_with_the_mask(sets, store) -> None:
    config = with_classes(toy_config(), sets / "kept")
    strong = replace(config, augment=replace(config.augment, rotate=30, scale=0.3, shift=0.1))
    every = np.arange(len(store))
    for rng in (None, np.random.default_rng(0)):
        _, targets = make_batch(store, every, strong, rng)
        assert targets["classes"].shape == (*store.masks.shape, 2)
        assert np.abs(targets["classes"].sum(axis=-1) - targets["mask"][..., 0]).max() < 0.01


def test_without_classes_batches_are_what_they_were(sets, store) -> None:
    """The same chance moves the same slices, with the classes beside them or not."""
    every, config = np.arange(len(store)), with_classes(toy_config(), sets / "kept")
    plain, targets = make_batch(store, every, toy_config(), np.random.default_rng(1))
    kept, others = make_batch(store, every, config, np.random.default_rng(1))
    assert "classes" not in targets
    assert np.array_equal(plain, kept) and np.array_equal(targets["mask"], others["mask"])
