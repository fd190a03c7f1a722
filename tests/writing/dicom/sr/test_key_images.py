"""Key images: the frames where lesions are largest, as others read them."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.ko import KeyObjectSelectionDocument

from dicom_studies import FLAIR, through_dicom, two_lesions
from dicom_tools import check_with_dciodvfy
from glioscope.analysis import Analysis
from glioscope.errors import InputError
from glioscope.study import Channel
from glioscope.volume import Mask
from glioscope.writing.dicom.sr.key_images import key_images_dataset, write_key_images
from glioscope.writing.dicom.target import dicom_target
from phantoms import analysis_for


@pytest.fixture(scope="module", params=[False, True], ids=["classic", "enhanced"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Scanned in sagittal slices, which are not those that reports are drawn on."""
    folder = tmp_path_factory.mktemp("in")
    return through_dicom(two_lesions("sagittal"), folder, enhanced=request.param)


def test_each_lesion_has_the_frame_where_it_is_largest(found: Analysis, tmp_path: Path) -> None:
    write_key_images(dicom_target(found), tmp_path / "key_images.dcm")
    dataset = pydicom.dcmread(tmp_path / "key_images.dcm")
    assert dataset.ConceptNameCodeSequence[0].CodeValue == "113000"
    chosen = [
        (one.ReferencedSOPInstanceUID, one.get("ReferencedFrameNumber"))
        for item in dataset.ContentSequence
        if item.ValueType == "IMAGE"
        for one in item.ReferencedSOPSequence
    ]
    frames = found.study.source.series[Channel.FLAIR].frames
    largest = set()
    for number in (1, 2):
        areas = (found.labels == number).sum(axis=(1, 2))
        largest.add(next(n for n in range(len(areas)) if areas[n] == areas.max()))
    assert chosen == [(frames[n].instance_uid, frames[n].frame) for n in sorted(largest)]
    assert (dataset.StudyInstanceUID, dataset.PatientID) == (FLAIR.study_uid, "P1")
    assert "research only" in dataset.SeriesDescription
    check_with_dciodvfy(tmp_path / "key_images.dcm")


def test_highdicom_resolves_every_reference(found: Analysis) -> None:
    document = KeyObjectSelectionDocument.from_dataset(key_images_dataset(dicom_target(found)))
    for reference in document.content.get_references():
        study, series, _ = document.resolve_reference(
            reference.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        )
        assert (study, series) == (FLAIR.study_uid, FLAIR.series_uid)


def test_without_a_lesion_there_are_none(found: Analysis) -> None:
    empty = Mask(np.zeros_like(found.mask.array), found.mask.grid)
    target = dicom_target(analysis_for(empty, study=found.study))
    with pytest.raises(InputError, match="no lesion and so no key images"):
        key_images_dataset(target)
