"""ZIPs of pictures and of NIfTI files are studies; hostile ones are refused and leave nothing."""

import io
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture

from glioscope.errors import InputError, UnreadableFile
from glioscope.phantom.study import phantom_study
from glioscope.reading.containers.unwrap import unwrap
from glioscope.reading.inputs import find_inputs
from glioscope.study import Channel

HEAD = phantom_study(size=32, slices=4)[0]


def nifti(channel: Channel) -> bytes:
    image = HEAD.images[channel]
    return nib.Nifti1Image(image.array, image.grid.affine).to_bytes()


def picture(level: int) -> bytes:
    array = np.zeros((64, 64), np.uint8)
    array[16:48, 16:48] = level
    packed = io.BytesIO()
    Picture.fromarray(array).save(packed, "PNG")
    return packed.getvalue()


def zipped(folder: Path, files: dict[str, bytes], name: str = "disc.zip") -> Path:
    """A folder that holds the ZIP alone."""
    received = folder / "received"
    received.mkdir()
    with zipfile.ZipFile(received / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, content)
    return received


@pytest.mark.parametrize(
    "names",
    [
        ("a_t1.nii", "a_flair.nii", "a_t1gd.nii"),
        ("x/BraTS_01_t1.nii", "x/BraTS_01_flair.nii", "x/BraTS_01_t1ce.nii"),
        ("B-GLI-01-000-t1n.nii", "B-GLI-01-000-t2f.nii", "B-GLI-01-000-t1c.nii"),
        (
            "bids/sub-01/anat/sub-01_T1w.nii",
            "bids/sub-01/anat/sub-01_FLAIR.nii",
            "bids/sub-01/anat/sub-01_ce-gadolinium_T1w.nii",
        ),
        ("T1 без контраста.nii", "Т2 FLAIR.nii", "T1 с контрастом.nii"),
    ],
)
def test_nifti_files_are_told_apart_by_their_names(tmp_path, names: tuple[str, ...]) -> None:
    files = {name: nifti(channel) for name, channel in zip(names, Channel, strict=True)}
    other = names[0].rpartition("/")[0].replace("anat", "dwi") + "/seg.nii"
    [found] = find_inputs([unwrap(zipped(tmp_path, {**files, other.lstrip("/"): b"x"}))])
    study = found.read()
    assert found.kind == "nifti" and set(study.images) == set(Channel)
    for channel in Channel:
        expected = HEAD.images[channel].array
        assert np.allclose(study.images[channel].array, expected, atol=0.02 * expected.max())


@pytest.mark.parametrize(
    "names",
    [
        ("a.nii", "b.nii"),
        ("a_flair.nii", "b_flair.nii"),
        ("a_t1.nii", "a_t1gd.nii"),
    ],
)
def test_where_names_do_not_say_it_the_study_is_refused(tmp_path, names) -> None:
    received = zipped(tmp_path, {name: nifti(Channel.FLAIR) for name in names})
    with pytest.raises(InputError) as caught:
        find_inputs([unwrap(received)])
    assert caught.value.message.code == "reading.which_nifti"


def test_two_subjects_are_not_mixed(tmp_path) -> None:
    files = {f"sub-{n}/anat/sub-{n}_FLAIR.nii": nifti(Channel.FLAIR) for n in (1, 2)}
    files["sub-2/anat/sub-2_T1w.nii"] = nifti(Channel.T1)
    one, other = find_inputs([unwrap(zipped(tmp_path, files))])
    assert set(one.read().images) == {Channel.FLAIR}
    assert set(other.read().images) == {Channel.FLAIR, Channel.T1}


def test_pictures_are_one_study(tmp_path) -> None:
    files = {f"deep/er/s{n}.png": picture(80 + n) for n in range(12)}
    [found] = find_inputs([unwrap(zipped(tmp_path, {**files, "deep/er/read.me": b"x"}))])
    assert found.kind == "pictures" and len(found.read().source.slice_names) == 12


def test_a_folder_in_folders_is_the_folder(tmp_path) -> None:
    received = tmp_path / "received"
    (received / "upload" / "a" / "b").mkdir(parents=True)
    (received / "upload" / "a" / "b" / "x_flair.nii").write_bytes(nifti(Channel.FLAIR))
    inside = unwrap(received)
    assert inside == received / "b" and [*received.iterdir()] == [inside]
    assert find_inputs([inside])[0].study_id == "x"


def test_a_zip_of_something_else_stays_as_it_is(tmp_path) -> None:
    received = zipped(tmp_path, {"letter.txt": b"Dear colleague"})
    assert unwrap(received) == received / "disc.zip"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["received"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../x.png": b"x"}, "reading.zip_leads_out"),
        ({"a.png": b"x", "A.PNG": b"x"}, "reading.zip_names"),
        ({"a.png": b"x", "a.png/b.png": b"x"}, "reading.zip_names"),
        ({f"{'long' * 60}.png": b"x"}, "reading.zip_names"),
        ({"a\u202eb.png": b"x"}, "reading.zip_names"),
        ({"x.nii": b"\0" * (70 * 2**20)}, "reading.zip_bomb"),
    ],
)
def test_what_is_not_to_be_trusted_is_refused(tmp_path, files, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        unwrap(zipped(tmp_path, files))
    assert caught.value.message.code == code
    assert sorted(p.name for p in tmp_path.iterdir()) == ["received"]
