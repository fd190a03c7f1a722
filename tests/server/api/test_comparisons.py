"""What changed since an earlier study of the same patient."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.server.hospital import hospital
from tests.toy_model import toy_bundle

from glioscope.jobs.intake import take_in
from glioscope.phantom.study import DEFAULT_LESIONS, phantom_study
from glioscope.writing.mr.study import write_dicom_study
from server.study_here import studies_here

GROWN = (replace(DEFAULT_LESIONS[0], radius_mm=23.0),)
EXAMINED = {
    "a": ("A_20260312", "A", DEFAULT_LESIONS),
    "b": ("A_20261120", "A", GROWN),
    "c": ("C_20260101", "C", ()),
}


@pytest.fixture(scope="module")
def patients(tmp_path_factory: pytest.TempPathFactory):
    """A server with two studies of one patient and one of another, and their ids."""
    root: Path = tmp_path_factory.mktemp("patients")
    with pytest.MonkeyPatch.context() as patch, hospital(root / "data") as here:
        patch.setenv("GLIOSCOPE_MODEL", str(toy_bundle(root / "toy", size=128)))
        context, found = here.context, {}
        for key, (name, patient, lesions) in EXAMINED.items():
            folder = context.store.scratch / key
            folder.mkdir(parents=True)
            study = replace(phantom_study(0, lesions, 128, 12)[0], study_id=name)
            write_dicom_study(study, folder / "disc", patient=patient)
            [taken] = take_in(context.engine, context.store, folder, wake=context.wake)
            found[key] = taken.study_id
            # That of another patient need not be analysed to be refused.
            if key == "b":
                here.work()
        yield here, found


def asked(patients, later: str, prior: str, lang: str = "en"):
    here, ids = patients
    path = f"/api/v1/studies/{ids.get(later, later)}/comparison"
    headers = {"Accept-Language": lang}
    return here.client.get(path, params={"prior": ids.get(prior, prior)}, headers=headers)


@pytest.mark.parametrize(
    ("lang", "volume", "said"),
    [("en", "Volume", "progression"), ("ru", "Объём", "прогрессирование")],
)
def test_the_change_is_told_as_in_the_report(patients, lang, volume, said) -> None:
    found = asked(patients, "b", "a", lang).json()
    assert found["rows"][0][0].startswith(volume)
    assert found["rows"][0][3].startswith("+")
    assert said in found["said"] + found["notes"][0]
    assert len(found["titles"]) == len(found["rows"][0])


def test_only_an_earlier_study_of_the_same_patient_is_compared_with(patients) -> None:
    assert asked(patients, "b", "c").status_code == 404
    assert asked(patients, "b", "0" * 32).status_code == 404
    wrong = asked(patients, "a", "b")
    assert wrong.status_code == 422
    assert wrong.json()["type"].endswith("followup.wrong_order")


def test_a_comparison_stands_in_the_audit(patients) -> None:
    here, ids = patients
    asked(patients, "b", "a")
    rows = here.client.get("/api/v1/audit").json()["rows"]
    assert any(r["action"] == "compare" and ids["a"] in r["object"] for r in rows)


def test_a_doctors_outline_is_compared_in_place_of_the_models(patients) -> None:
    here, ids = patients
    place = f"/api/v1/studies/{ids['b']}"
    before = asked(patients, "b", "a").json()
    assert before["outlines"] == [None, None] and before["rows"][0][3].startswith("+")
    packed = here.client.get(f"{place}/view/mask.nii.gz").content
    shape = here.client.get(f"{place}/view/view.json").json()["shape"]
    labels = np.frombuffer(gzip.decompress(packed), np.uint8, offset=352).reshape(shape, order="F")
    half = labels.copy(order="F")
    half[:, ::2] = 0
    with studies_here():
        saved = here.client.post(
            f"{place}/versions",
            params={"base": "model"},
            content=gzip.compress(half.tobytes(order="F")),
        )
    assert saved.status_code == 201, saved.text
    # Saved alone it is nobody's word yet.
    assert asked(patients, "b", "a").json() == before
    version = saved.json()
    given = {"verdict": "correct", "version": version["id"]}
    review = here.client.post(f"{place}/reviews", json=given)
    assert review.status_code == 201, review.text
    after = asked(patients, "b", "a").json()
    assert after["outlines"] == [None, "local"]
    assert any("a reader's" in one for one in after["warnings"])
    assert f"{version['volume_ml']:.1f}" in after["rows"][0][2]
    assert after["rows"] != before["rows"]
    here.client.delete(f"{place}/reviews/{review.json()['id']}")
    assert asked(patients, "b", "a").json() == before
