"""BIDS: sessions, sites, and which mask is the lesion's."""

import numpy as np
import pytest

from glioscope.errors import InputError
from glioscope.own_data.layouts.bids import bids_cases, is_bids
from glioscope.study import Channel
from own_data_sets import case, write

STEM = "sub-01_ses-2"


def layout(root):
    study, truth = case(0)
    anat = root / "sub-01" / "ses-2" / "anat"
    names = {Channel.FLAIR: "FLAIR", Channel.T1: "T1w", Channel.T1GD: "ce-gadolinium_T1w"}
    for channel, name in names.items():
        write(study.images[channel].array, study.grid, anat / f"{STEM}_{name}.nii.gz")
    derived = root / "derivatives" / "drawn" / "sub-01" / "ses-2" / "anat"
    drawn = derived / f"{STEM}_label-lesion_mask.nii.gz"
    write(truth.array.astype(np.uint8), truth.grid, drawn)
    brain = np.ones(truth.array.shape, np.uint8)
    write(brain, truth.grid, derived / f"{STEM}_desc-brain_mask.nii.gz")
    (root / "participants.tsv").write_text("participant_id\tage\tsite\nsub-01\t40\tNorth\n")
    return root, derived


def test_a_session_is_a_case_of_its_participant(tmp_path) -> None:
    root, _ = layout(tmp_path)
    assert is_bids(root)
    [one] = bids_cases(root)
    assert (one.name, one.patient, one.site) == (STEM, "sub-01", "North")
    study = one.study()
    assert set(study.images) == set(Channel)
    assert np.array_equal(one.outline(study).values > 0, case(0)[1].array)


@pytest.mark.parametrize("text", [b"\xff\xfe", b'"' + b"a" * 200_000], ids=["letters", "endless"])
def test_a_list_of_participants_that_cannot_be_read(tmp_path, text: bytes) -> None:
    root, _ = layout(tmp_path)
    (root / "participants.tsv").write_bytes(b"participant_id\tsite\nsub-01\t" + text)
    with pytest.raises(InputError, match=r"participants\.tsv cannot be understood"):
        bids_cases(root)


def test_two_lesion_masks_are_asked_about(tmp_path) -> None:
    root, derived = layout(tmp_path)
    twin = derived / f"{STEM}_label-tumour_dseg.nii.gz"
    twin.write_bytes((derived / f"{STEM}_label-lesion_mask.nii.gz").read_bytes())
    with pytest.raises(InputError, match="one outline expected"):
        bids_cases(root)


def test_a_participant_without_a_lesion_mask_is_no_case(tmp_path) -> None:
    root, derived = layout(tmp_path)
    (derived / f"{STEM}_label-lesion_mask.nii.gz").unlink()
    with pytest.raises(InputError, match="no case with an outline"):
        bids_cases(root)
