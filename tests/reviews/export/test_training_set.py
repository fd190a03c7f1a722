"""Signed reviews as a training set: which, with which outline, and that nobody is named in it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, select, update

from glioscope.database.tables import Audit, Result, Review, Study, Version
from glioscope.errors import InputError, UsageError
from glioscope.jobs.results import FILES
from glioscope.model.bundle import load_model
from glioscope.pseudonyms import KEY, Pseudonyms
from glioscope.reading.labelled import CASES, DATASET, list_labelled
from glioscope.reading.nifti_mask import read_mask_nifti
from glioscope.reviews.export.training_set import export_reviews
from glioscope.study import Channel
from glioscope.writing.labelled import COLUMNS
from glioscope.writing.nifti import write_volume
from server.hospital import Hospital, disc, hospital
from toy_model import toy_bundle


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A server with two analysed studies of two patients."""
    folder = tmp_path_factory.mktemp("reviewed")
    model = toy_bundle(folder / "toy")
    with pytest.MonkeyPatch.context() as patch, hospital(folder / "data") as opened:
        patch.setenv("GLIOSCOPE_MODEL", str(model))
        for seed, name in enumerate(("Ivanova^Anna", "Petrov^Ivan")):
            attributes = {"PatientName": name, "PatientID": f"HOSPITAL-77{seed}"}
            attributes |= {"StudyInstanceUID": f"1.2.3.{seed}"}
            opened.hand_in(disc(folder / "disc", seed, **attributes), f"{seed}.zip")
        opened.work(400)
        yield opened


@pytest.fixture
def studies(here: Hospital):
    """Ids of both; what is said of them is taken back afterwards."""
    with here.context.reads.connect() as connection:
        yield list(connection.scalars(select(Study.id).order_by(Study.received_at)))
    with here.context.engine.begin() as connection:
        connection.execute(delete(Review))
        connection.execute(delete(Version))


def review(here: Hospital, study_id: str, verdict: str, number: int = 1, **values) -> None:
    usual = {"reader": "Dr Who", "created_at": number, "signed_at": number, "comment": "Anna's"}
    with here.context.engine.begin() as connection:
        connection.execute(
            insert(Review).values(
                id=f"{study_id[:20]}{number}", study_id=study_id, number=number, verdict=verdict,
                **{**usual, **values},
            )
        )  # fmt: skip


def draw(here: Hospital, study_id: str) -> np.ndarray:
    """A doctor's outline that is no other's, as his version `v`."""
    with here.context.reads.connect() as connection:
        result = connection.scalar(select(Result.folder).where(Result.study_id == study_id))
    with here.context.store.file(result, f"{FILES}/mask.nii.gz") as path:
        model = read_mask_nifti(path)
    drawn = np.zeros_like(model.array)
    drawn[3:6, 40:55, 20:30] = True
    made = here.context.store.scratch / "version"
    write_volume(drawn.astype(np.uint8), model.grid, made / FILES / "mask.nii.gz")
    here.context.store.remove("versions/v")
    here.context.store.put(made, "versions/v")
    with here.context.engine.begin() as connection:
        connection.execute(
            insert(Version).values(
                id="v", study_id=study_id, number=3, author="Dr Who", base="model",
                folder="versions/v", created_at=1, voxels=450, dice=0.25,
            )
        )  # fmt: skip
    return drawn


def export(here: Hospital, out: Path, **options):
    names = Pseudonyms(here.context.data)
    with here.context.reads.connect() as connection:
        return export_reviews(connection, here.context.store, names, out, **options)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / CASES).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_corrected_study_has_the_doctors_outline_on_the_pictures(here, studies, tmp_path) -> None:
    drawn = draw(here, studies[0])
    review(here, studies[0], "correct", version_id="v")
    done = export(here, tmp_path / "set")
    assert (done.studies, done.patients, done.left_out) == (1, 1, 0)
    [case] = list_labelled(tmp_path / "set")
    study = case.study()
    assert np.array_equal(case.reference().array, drawn)
    assert set(study.images) == set(Channel) and study.grid.matches(case.reference().grid)
    [row] = rows(tmp_path / "set")
    assert (row["outline"], row["version"], row["dice"]) == ("doctor", "3", "0.2500")
    assert row["voxels"] == "450" and row["model"] == "toy"


def test_what_is_exported_tunes_a_network(here, studies, tmp_path) -> None:
    """From a doctor's outline to a new version of the model, as the release allows it."""
    pytest.importorskip("keras", reason="needs 'glioscope[train]'")
    from glioscope.training.update.release import Wanted, update_model
    from toy_training import step_by_step
    from tuning import STILL, labelled, untrained_bundle

    draw(here, studies[0])
    review(here, studies[0], "correct", version_id="v")
    review(here, studies[1], "accept")
    export(here, tmp_path / "set")
    wanted = Wanted(
        model=untrained_bundle(tmp_path),
        corrections=tmp_path / "set",
        test=labelled(tmp_path / "test", range(5, 8)),
        lgg=None,
        out=tmp_path / "new",
        report=tmp_path / "new.json",
        least=3,
    )
    with step_by_step():
        done = update_model(wanted, STILL, verbose=0)
    assert load_model(tmp_path / "new").info.version == done.version != "1"
    report = json.loads((tmp_path / "new.json").read_text("utf-8"))
    assert report["released"] and report["corrections"] == 2


def test_what_was_read_is_what_is_written(here, studies, tmp_path) -> None:
    from glioscope.reading.inputs import find_inputs

    review(here, studies[0], "accept")
    export(here, tmp_path / "set")
    [case] = list_labelled(tmp_path / "set")
    with here.context.reads.connect() as connection:
        folder = connection.scalar(select(Study.folder).where(Study.id == studies[0]))
        result = connection.scalar(select(Result.folder).where(Result.study_id == studies[0]))
    with here.context.store.folder(folder) as upload:
        [inside] = upload.iterdir()
        study = find_inputs([inside])[0].read()
    for sequence, image in study.images.items():
        assert np.allclose(case.study().images[sequence].array, image.array, atol=1e-3), sequence
    with here.context.store.file(result, f"{FILES}/mask.nii.gz") as path:
        assert np.array_equal(case.reference().array, read_mask_nifti(path).array)
    assert rows(tmp_path / "set")[0]["outline"] == "model"


@pytest.mark.parametrize(
    ("reason", "taken"),
    [("infarct", True), ("artefact", True), ("metastasis", False), ("wrong_input", False)],
)
def test_a_rejected_study_is_empty_only_where_there_is_no_tumour(
    here, studies, tmp_path, reason, taken
) -> None:
    review(here, studies[0], "accept")
    review(here, studies[1], "reject", reason=reason)
    done = export(here, tmp_path / "set")
    assert (done.studies, done.left_out) == (1 + taken, 1 - taken)
    empty = [c for c in list_labelled(tmp_path / "set") if not c.reference().array.any()]
    assert len(empty) == taken


def test_only_the_last_signed_review_outside_of_lists_holds(here, studies, tmp_path) -> None:
    draw(here, studies[0])
    review(here, studies[0], "accept", 1)
    review(here, studies[0], "correct", 2, version_id="v")
    review(here, studies[0], "reject", 3, reason="infarct", signed_at=None)
    export(here, tmp_path / "set")
    assert [row["verdict"] for row in rows(tmp_path / "set")] == ["correct"]


def test_nobody_is_named_and_names_stay(here, studies, tmp_path) -> None:
    for study in studies:
        review(here, study, "accept")
    export(here, tmp_path / "one")
    export(here, tmp_path / "two")
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert tuple(rows(tmp_path / "one")[0]) == COLUMNS
    assert len({row["patient"] for row in rows(tmp_path / "one")}) == 2
    for path in (tmp_path / "one").rglob("*"):
        name = path.relative_to(tmp_path).as_posix()
        content = path.read_bytes() if path.is_file() else b""
        for secret in ("Ivanova", "Petrov", "HOSPITAL-77", "Dr Who", "Anna", studies[0]):
            assert secret not in name and secret.encode() not in content, (name, secret)
    assert (here.context.data / KEY).stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "one" / DATASET).read_text())["numTraining"] == 2


def test_a_patient_is_in_one_part_for_ever(here, studies, tmp_path) -> None:
    for study in studies:
        review(here, study, "accept")
    parts = {}
    for part in ("corrections", "test"):
        try:
            export(here, tmp_path / part, part=part)
        except InputError:
            continue
        parts[part] = {row["patient"] for row in rows(tmp_path / part)}
    found = [patient for part in parts.values() for patient in part]
    assert len(found) == len(set(found)) == 2
    with here.context.engine.begin() as connection:
        connection.execute(update(Study).values(patient_key="same"))
    try:
        export(here, tmp_path / "all")
        assert len({row["patient"] for row in rows(tmp_path / "all")}) == 1
    finally:
        with here.context.engine.begin() as connection:
            for number, study in enumerate(studies):
                connection.execute(
                    update(Study).where(Study.id == study).values(patient_key=str(number))
                )


def test_nothing_signed_and_a_folder_of_something_else(here, studies, tmp_path) -> None:
    review(here, studies[0], "accept", signed_at=None)
    with pytest.raises(InputError, match="no signed review"):
        export(here, tmp_path / "set")
    assert not (tmp_path / "set").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work", "utf-8")
    with pytest.raises(UsageError, match="something else"):
        export(here, tmp_path / "other")
    assert (tmp_path / "other" / "thesis.txt").exists()


def test_the_command_notes_what_it_did(here, studies, tmp_path) -> None:
    from glioscope.cli.main import exit_code

    review(here, studies[0], "accept")
    words = ["reviews", "export", "--data", str(here.context.data), "-o", str(tmp_path / "set")]
    assert exit_code(words) == 0
    assert exit_code([*words[:-1], str(tmp_path / "set")]) == 0, "an older export is replaced"
    with here.context.reads.connect() as connection:
        noted = select(Audit.action).where(Audit.object == "reviews all")
        assert list(connection.scalars(noted)) == ["export", "export"]
