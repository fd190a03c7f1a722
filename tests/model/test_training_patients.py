"""Patients are known again by name and by volume, however the volume was saved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.errors import ModelError
from glioscope.model.bundle import PATIENTS, shipped_model
from glioscope.model.training_patients import TrainingPatients, name_hash, volume_hash
from glioscope.study import Channel, Source, Study
from glioscope.volume import Grid, Image


def study(array: np.ndarray, affine: np.ndarray | None = None) -> Study:
    grid = Grid(array.shape, np.eye(4) if affine is None else affine)
    return Study("x", {Channel.FLAIR: Image(array.astype(np.float32), grid)}, Source("nifti"))


VOXELS = np.random.default_rng(1).integers(0, 256, (9, 8, 7))


def test_a_volume_saved_again_is_the_same() -> None:
    told = volume_hash(study(VOXELS))
    assert volume_hash(study(VOXELS / 255)) == told
    assert volume_hash(study(VOXELS * 3.7 + 11)) == told
    turned = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    assert volume_hash(study(np.moveaxis(VOXELS, (0, 1, 2), (1, 2, 0)), turned)) == told


def test_another_volume_is_another() -> None:
    other = VOXELS.copy()
    other[4, 4, 4] = (other[4, 4, 4] + 128) % 256
    assert volume_hash(study(other)) != volume_hash(study(VOXELS))
    assert volume_hash(study(np.zeros((3, 3, 3)))) != volume_hash(study(np.zeros((3, 3, 4))))


def test_name_or_volume_is_enough() -> None:
    known = TrainingPatients(frozenset({name_hash("a")}), frozenset({volume_hash(study(VOXELS))}))
    assert known.knows("a", None)
    assert known.knows("renamed", study(VOXELS))
    assert not known.knows("renamed", study(VOXELS[::-1]))
    assert not known.knows("renamed", None)


def test_it_is_read_back_and_damage_is_named(tmp_path: Path) -> None:
    known = TrainingPatients(frozenset({"b", "a"}), frozenset({"c"}))
    path = tmp_path / PATIENTS
    path.write_text(known.to_json(), "utf-8")
    assert TrainingPatients.load(path) == known
    for damaged in ("", "[]", '{"schema": "other"}'):
        path.write_text(damaged, "utf-8")
        with pytest.raises(ModelError, match=r"patients\.json"):
            TrainingPatients.load(path)


def test_the_shipped_model_tells_its_90_patients_and_names_none() -> None:
    path = shipped_model() / PATIENTS
    known = TrainingPatients.load(path)
    assert len(known.names) == len(known.volumes) == 90
    assert "TCGA" not in path.read_text("utf-8")
    assert known.knows("TCGA_CS_4941", None)
    assert not replace(known, names=frozenset()).knows("TCGA_CS_4941", study(VOXELS))
