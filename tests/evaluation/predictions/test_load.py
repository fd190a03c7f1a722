"""Predictions survive the archive bit for bit, and a folder of results says the same as it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from tests.evaluation.small import SAID, A, B, prediction, predictions, references

from glioscope.errors import GridMismatch, InputError, InvalidImage, UnreadableFile, UsageError
from glioscope.evaluation.predictions.archive import ARCHIVE, SCHEMA, read_archive, write_archive
from glioscope.evaluation.predictions.load import (
    CasePrediction,
    DrawPrediction,
    load,
    read_predictions,
)
from glioscope.evaluation.predictions.references import (
    read_references,
    read_slice_references,
    reference_studies,
)
from glioscope.evaluation.report.score_files import to_json
from glioscope.evaluation.scores.score import score
from glioscope.model.preprocess import from_pictures
from glioscope.reading.nifti_mask import read_mask_nifti
from glioscope.volume import Grid

META = {"protocol": "by patient", "seed": 1}
# Columns to the left and rows to posterior, as pictures are; and an orientation that is neither.
PICTURE = np.diag([-1.0, -1.0, 1.0, 1.0])
TURNED = np.array([[0, 0, 3.0, 0], [2.0, 0, 0, 0], [0, -5.0, 0, 0], [0, 0, 0, 1]])


def same(one: CasePrediction | DrawPrediction, other: CasePrediction | DrawPrediction) -> bool:
    arrays = ("probability", "called", "mask", "listed", "classes")
    return type(one) is type(other) and all(
        np.array_equal(value, getattr(other, name))
        if name in arrays
        else value == getattr(other, name)
        for name, value in vars(one).items()
    )


def nifti(path: Path, pictures: np.ndarray, affine: np.ndarray) -> None:
    """Write pictures (slice, row, column) in the orientation of the affine."""
    shape = np.array(pictures.transpose(2, 1, 0).shape)
    columns = np.argmax(np.abs(affine[:3, :3]), axis=0)
    grid = Grid(tuple(int(n) for n in shape[columns]), affine)
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(from_pictures(pictures, grid).astype(np.uint8), affine), path)


def result(folder: Path, said: CasePrediction, affine: np.ndarray = PICTURE) -> None:
    """What `glioscope analyze` leaves of one study, as far as scores read it; all are listed."""
    document = {
        "schema": "glioscope.analysis/1",
        "study_id": said.study_id,
        "decision": "tumour",
        "probability": 1.0,
        **dict.fromkeys(("volume_ml", "product_mm2")),
        "product_px2": 0.0,
        "findings": [],
        "warnings": [],
        "timings_s": {},
        "model": {"name": said.model_name, "version": said.model_version, "sha256": ""},
        "slices": [
            {
                "index": i,
                "name": said.slice_names[i],
                "probability": float(said.probability[i]),
                "decision": "tumour" if said.called[i] else "no tumour",
                "area_px": int(said.mask[i].sum()),
                "area_mm2": None,
                "box_px": None,
            }
            for i in range(len(said.mask))
        ],
        # All slices; a region of a called one stands there too, and counts for nothing.
        "possible_misses": [
            {"index": i, "name": "", "probability": 0.1, "reason": "", "risk": 0.1, "box_px": None}
            for i in range(len(said.mask))
        ],
    }
    nifti(folder / "mask.nii.gz", said.mask, affine)
    (folder / "analysis.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for said in predictions():
        result(tmp_path / said.study_id, said)
    return tmp_path


def test_archive_round_trip_is_exact(tmp_path: Path) -> None:
    odd = replace(prediction(A), probability=np.array([0.1 + 0.2, 1 / 3, 1.0, 5e-324]))
    given = [odd, prediction(B, fold=4)]
    write_archive(tmp_path / ARCHIVE, given, META)
    archive = read_archive(tmp_path / ARCHIVE)
    assert archive.meta == META and not archive.leaky and archive.protocol == "by patient"
    assert all(same(a, b) for a, b in zip(given, archive.cases, strict=True))
    assert all(same(a, b) for a, b in zip(given, read_predictions(tmp_path), strict=True))


def test_what_the_model_says_of_itself_survives_the_archive(tmp_path: Path) -> None:
    first = prediction(A)
    listed = ~first.called
    given = [replace(first, listed=listed, predicted_dice=0.25, flagged=True)]
    write_archive(tmp_path / ARCHIVE, given, META)
    [read] = read_archive(tmp_path / ARCHIVE).cases
    assert same(given[0], read)
    # A list for some studies only would be read as the list of all.
    write_archive(tmp_path / ARCHIVE, [*given, prediction(B)], META)
    assert all(case.listed is None for case in read_archive(tmp_path / ARCHIVE).cases)


def test_what_the_model_says_of_itself_is_read_from_a_folder(results: Path) -> None:
    path = results / A / "analysis.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | {"expected_dice": 0.25, "review": True}))
    first, second = read_predictions(results)
    assert (first.predicted_dice, first.flagged) == (0.25, True)
    assert (second.predicted_dice, second.flagged) == (None, None)
    path.write_text(json.dumps(document | {"expected_dice": "good"}))
    with pytest.raises(InputError, match="expected_dice has the wrong type"):
        load(results)


def test_archive_of_ninety_patients_is_small(tmp_path: Path) -> None:
    rows, columns = np.ogrid[:256, :256]
    disc = [(rows - 120) ** 2 + (columns - 90) ** 2 < r**2 for r in range(8, 28)]
    mask = np.stack([*disc, *[np.zeros((256, 256), bool)] * 16])
    cases = [
        CasePrediction(
            f"TCGA_CS_{i:04}_20000101",
            tuple(f"TCGA_CS_{i:04}_20000101_{k}" for k in range(36)),
            np.random.default_rng(i).random(36),
            mask.any(axis=(1, 2)),
            np.roll(mask, i, axis=2),
        )
        for i in range(90)
    ]
    write_archive(tmp_path / ARCHIVE, cases, {})
    assert (tmp_path / ARCHIVE).stat().st_size < 500_000


def test_draws_round_trip_and_are_no_studies(tmp_path: Path) -> None:
    case = prediction(A)
    fields = {k: v for k, v in vars(case).items() if k in DrawPrediction.__dataclass_fields__}
    draws = [DrawPrediction(number=n, **fields) for n in (0, 1)]
    write_archive(tmp_path / ARCHIVE, draws, {"protocol": "paper-leaky"})
    archive = load(tmp_path)
    assert archive.leaky and not archive.cases
    assert all(same(a, b) for a, b in zip(draws, archive.draws, strict=True))
    with pytest.raises(InputError, match="draws of slices"):
        read_predictions(tmp_path)


@pytest.mark.parametrize("affine", [PICTURE, TURNED], ids=["picture", "turned"])
def test_folder_and_archive_give_the_same_scores(tmp_path: Path, affine: np.ndarray) -> None:
    plain = [replace(p, fold=None, listed=~p.called) for p in predictions()]
    for said in plain:
        result(tmp_path / "results" / said.study_id, said, affine)
    write_archive(tmp_path / ARCHIVE, plain, {})
    folder = read_predictions(tmp_path / "results")
    archive = read_predictions(tmp_path / ARCHIVE)
    assert all(same(a, b) for a, b in zip(folder, archive, strict=True))
    texts = [to_json(score(p, references(), resamples=30), {}) for p in (folder, archive)]
    assert texts[0] == texts[1]


def test_mask_in_a_wrong_orientation_is_refused(results: Path) -> None:
    nifti(results / A / "mask.nii.gz", SAID[A][::-1], PICTURE)
    with pytest.raises(GridMismatch, match=rf"{A}.*analyse the study again"):
        load(results)


def test_one_result_folder_is_enough(results: Path) -> None:
    assert [case.study_id for case in load(results / B).cases] == [B]


def test_a_readers_outline_is_no_answer_of_a_model(results: Path) -> None:
    folder = next(path for path in sorted(results.iterdir()) if path.is_dir())
    path = folder / "analysis.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "author": "reader"}))
    with pytest.raises(InputError, match="a reader's"):
        read_predictions(results)


def test_what_a_killed_run_left_is_no_study(results: Path) -> None:
    shutil.copytree(results / A, results / f".0123456789ab.new.{A}")
    (results / ".0123456789ab.new.half").mkdir()
    (results / ".0123456789ab.new.half" / "analysis.json").write_text("{", encoding="utf-8")
    assert [case.study_id for case in load(results).cases] == [A, B]


@pytest.mark.parametrize("name", ["analysis.json", "mask.nii.gz"])
def test_missing_half_of_a_result_is_named(results: Path, name: str) -> None:
    (results / B / name).unlink()
    with pytest.raises(UnreadableFile, match=rf"{B}.*{name}"):
        load(results)


def test_unusable_folders_and_documents(results: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found neither"):
        load(tmp_path / "empty")
    document = results / A / "analysis.json"
    for text, error in (("{", UnreadableFile), ('{"schema": "x/9"}', InputError)):
        document.write_text(text, encoding="utf-8")
        with pytest.raises(error, match=A):
            load(results)
    document.write_text('{"schema": "glioscope.analysis/1", "study_id": "x"}', encoding="utf-8")
    with pytest.raises(InputError, match=f"{A}.*slices is missing"):
        load(results)


def test_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ARCHIVE
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_archive(path)
    write_archive(path, predictions(), META)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"no archive", whole[:200] + whole[260:]):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFile, match=ARCHIVE):
            read_archive(path)
    header = json.dumps({"schema": "glioscope.predictions/9"}).encode()
    np.savez(path, header=np.frombuffer(header, np.uint8))
    with pytest.raises(InputError, match=SCHEMA):
        read_archive(path)


def test_what_cannot_be_scored_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_archive(tmp_path / ARCHIVE, [], {})
    with pytest.raises(InputError, match=f"study {A} stands twice"):
        write_archive(tmp_path / ARCHIVE, [prediction(A), prediction(A)], {})
    assert not list(tmp_path.iterdir())


def test_prediction_that_contradicts_itself_is_refused() -> None:
    good = prediction(A)
    with pytest.raises(InputError, match=f"called without a mask.*{A}_1"):
        replace(good, called=~good.called)
    with pytest.raises(InputError, match=r"not in \[0, 1\]"):
        replace(good, probability=np.array([0.1, np.nan, 0.2, 0.3]))
    with pytest.raises(InputError, match="as many names"):
        replace(good, slice_names=good.slice_names[1:])
    with pytest.raises(InputError, match="not called"):
        replace(good, listed=good.called)


@pytest.mark.parametrize("form", ["{study}.nii.gz", "{study}/mask.nii.gz"])
@pytest.mark.parametrize("affine", [PICTURE, TURNED], ids=["picture", "turned"])
def test_nifti_references(tmp_path: Path, form: str, affine: np.ndarray) -> None:
    for study, reference in references().items():
        nifti(tmp_path / form.format(study=study), 2 * reference.mask.astype(np.uint8), affine)
    found = read_references(tmp_path, [B, A])
    assert list(found) == [B, A] and reference_studies(tmp_path) == [A, B]
    for study, reference in references().items():
        assert np.array_equal(found[study].mask, reference.mask)
    # Rows run along posterior (2 mm when turned), columns along left (3), slices upward (5).
    assert found[A].spacing == ((1, 1, 1) if affine is PICTURE else (2, 3, 5))


def test_missing_references_are_named(tmp_path: Path) -> None:
    nifti(tmp_path / f"{A}.nii.gz", SAID[A], PICTURE)
    with pytest.raises(InputError, match=f"no reference for {B};"):
        read_references(tmp_path, [A, B])
    with pytest.raises(InputError, match=f"no reference for {A}_1, {A}_2;"):
        read_slice_references(tmp_path, [f"{A}_1", f"{A}_2"])


def test_a_picture_is_no_mask(tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    nib.save(nib.Nifti1Image(np.full((3, 3, 3), 0.5, np.float32), np.eye(4)), path)
    with pytest.raises(InvalidImage, match="is it a mask"):
        read_mask_nifti(path)
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3, 2), np.uint8), np.eye(4)), path)
    with pytest.raises(InvalidImage, match="one volume"):
        read_mask_nifti(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_mask_nifti(path)


def test_lgg_references(lgg_root: Path) -> None:
    study = sorted(p.name for p in lgg_root.glob("TCGA_*"))[0]
    reference = read_references(lgg_root, [study])[study]
    assert reference.spacing is None and reference.mask.shape[1:] == (256, 256)
    names = [f"{study}_{i + 1}" for i in range(len(reference.mask))]
    single = read_slice_references(lgg_root, names)
    assert all(np.array_equal(single[n], m) for n, m in zip(names, reference.mask, strict=True))


def test_classes_survive_the_archive_and_are_those_of_the_mask(tmp_path) -> None:
    said = [replace(p, class_names=("a", "b"), classes=classed(p.mask)) for p in predictions()]
    write_archive(tmp_path / ARCHIVE, said, META)
    again = read_archive(tmp_path / ARCHIVE).cases
    assert all(same(one, other) for one, other in zip(said, again, strict=True))
    # Where one study has none, nobody has.
    write_archive(tmp_path / ARCHIVE, [said[0], predictions()[1]], META)
    first = read_archive(tmp_path / ARCHIVE).cases[0]
    assert (first.class_names, first.classes) == ((), None)
    for wrong in (np.ones_like(said[0].classes), 3 * said[0].classes):
        with pytest.raises(InputError, match="just the pixels of the mask"):
            replace(said[0], classes=wrong)


def classed(mask: np.ndarray) -> np.ndarray:
    values = mask.astype(np.uint8)
    values[:, ::2] *= 2
    return values
