"""What a PACS knows each slice by, in the result and where people read of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dicom_studies import analysed, two_lesions, write_phantom
from glioscope.analysis import Analysis
from glioscope.findings.instances import instances
from glioscope.findings.lesions import slice_findings
from glioscope.orientation import to_pictures
from glioscope.writing.mr.series import AS_PICTURES
from glioscope.writing.report.content import study_content
from glioscope.writing.report.html import page
from glioscope.writing.report.slice_labels import slice_label, slices_cell, slices_title
from glioscope.writing.wording import wording


def with_slices(folder: Path) -> Analysis:
    """The study of a folder, its slices as `analyze` finds them."""
    analysis = analysed(folder)
    mask = np.ascontiguousarray(to_pictures(analysis.mask.array, analysis.mask.grid))
    probability = np.where(mask.any(axis=(1, 2)), 0.97, 0.02)
    return replace(analysis, slices=slice_findings(analysis.study, mask, probability))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, Path]:
    """Axial slices of series 4, which the scanner numbered from the top in steps of two."""
    folder = tmp_path_factory.mktemp("in")
    write_phantom(two_lesions("axial"), folder, axes=AS_PICTURES)
    files = {path: pydicom.dcmread(path) for path in folder.glob("*.dcm")}
    heights = sorted((float(d.ImagePositionPatient[2]) for d in files.values()), reverse=True)
    for path, dataset in files.items():
        dataset.SeriesNumber = 4
        dataset.InstanceNumber = 1 + 2 * heights.index(float(dataset.ImagePositionPatient[2]))
        dataset.save_as(path)
    return with_slices(folder), folder


def test_every_slice_names_the_instance_that_shows_it(found: tuple[Analysis, Path]) -> None:
    analysis, folder = found
    stored = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, folder.glob("*.dcm"))}
    slices = analysis.to_dict()["slices"]
    assert len({s["sop_instance_uid"] for s in slices}) == len(slices) == len(stored)
    heights = [float(stored[s["sop_instance_uid"]].ImagePositionPatient[2]) for s in slices]
    assert heights == sorted(heights)
    for one in slices:
        dataset = stored[one["sop_instance_uid"]]
        assert (one["series_number"], one["instance_number"]) == (4, dataset.InstanceNumber)
        assert one["frame"] is None


def test_people_read_series_and_image(found: tuple[Analysis, Path]) -> None:
    analysis, _ = found
    last = 2 * len(analysis.slices) - 1
    assert slice_label(analysis, 0, wording("en")) == f"series 4, image {last}"
    assert slice_label(analysis, 0, wording("ru")) == f"серия 4, изобр. {last}"
    assert slices_cell(analysis, 0, 1) == f"{last - 2}–{last}"
    assert slices_title(analysis, wording("ru")) == "Серия 4, изобр."
    shown = page(study_content(analysis, wording("ru")), wording("ru"))
    assert "серия 4, изобр." in shown and "Серия 4, изобр., снизу вверх" in shown
    assert analysis.slices[5].name not in shown


@pytest.mark.parametrize("number", [None, 7])
def test_numbers_that_are_missing_or_doubled_name_nothing(
    found: tuple[Analysis, Path], number: int | None
) -> None:
    analysis, _ = found
    first, second, *rest = analysis.slices
    odd = [replace(s, instance_number=number) for s in (first, second)]
    assert slice_label(replace(analysis, slices=(*odd, *rest)), 1, wording("en")) == "slice 2"


def test_a_study_scanned_sideways_has_no_instance_for_an_axial_slice(tmp_path: Path) -> None:
    write_phantom(two_lesions("axial"), tmp_path)
    analysis = with_slices(tmp_path)
    assert {one.sop_instance_uid for one in analysis.slices} == {None}
    assert {one.series_number for one in instances(analysis.study)} == {None}
