"""Every DICOM result of one study, in its folder."""

from dataclasses import dataclass
from pathlib import Path

from glioscope.analysis import Analysis
from glioscope.followup.tracking import Earlier
from glioscope.writing.dicom.mosmed.service import FOLDER as MOSMED
from glioscope.writing.dicom.mosmed.service import Times


@dataclass(frozen=True)
class DicomExtras:
    """What is written for a DICOM study on request, beside `seg.dcm` and `sr.dcm`.

    With `pseudonymous` all of it is written without the patient's and study's attributes. `mosmed`
    is when the study was read and analysed, for the results in the shape of that profile.
    """

    fractional_seg: bool = False
    bounds: bool = False
    key_images: bool = False
    secondary_capture: bool = False
    encapsulated_pdf: bool = False
    pseudonymous: bool = False
    mosmed: Times | None = None


NO_EXTRAS = DicomExtras()


def write_dicom_results(
    analysis: Analysis,
    folder: Path,
    extras: DicomExtras,
    *,
    with_identity: bool = False,
    earlier: Earlier | None = None,
) -> tuple[str, ...]:
    """Write into a folder that holds `report.pdf`, and return the names there.

    `sr.dcm` always, `seg.dcm` where there is a lesion and `classes_seg.dcm` where the model also
    tells classes apart; on request `key_images.dcm` where there is
    one, `probability_seg.dcm`, `bounds_seg.dcm` where there are bounds, `report.dcm` and the
    folders `overlays` and `mosmed`. No name says who the patient is; `with_identity` tells that the
    report does. Lesions of an `earlier` result are followed.

    Raises:
        InputError: the study was not read from DICOM.
        GridMismatch: its frames do not lie where the slices of the mask do.
    """
    # Imported late: highdicom takes a second, and studies of other kinds never need it.
    from glioscope.writing.dicom.encapsulated_pdf import write_encapsulated_pdf
    from glioscope.writing.dicom.mosmed.results import write_mosmed
    from glioscope.writing.dicom.secondary_capture import write_overlays
    from glioscope.writing.dicom.seg import (
        write_bounds_seg,
        write_classes_seg,
        write_probability_seg,
        write_seg,
    )
    from glioscope.writing.dicom.sr.key_images import write_key_images
    from glioscope.writing.dicom.sr.report import write_sr
    from glioscope.writing.dicom.standard_in_parts import read_in_parts
    from glioscope.writing.dicom.target import dicom_target

    read_in_parts()
    target = dicom_target(analysis, pseudonymous=extras.pseudonymous, earlier=earlier)
    write_sr(target, folder / "sr.dcm")
    names: tuple[str, ...] = ("sr.dcm",)
    if analysis.findings:
        write_seg(target, folder / "seg.dcm")
        names = ("seg.dcm", *names)
    if analysis.classes and analysis.findings:
        write_classes_seg(target, folder / "classes_seg.dcm")
        names += ("classes_seg.dcm",)
    if extras.key_images and analysis.lesions:
        write_key_images(target, folder / "key_images.dcm")
        names += ("key_images.dcm",)
    if extras.fractional_seg:
        write_probability_seg(target, folder / "probability_seg.dcm")
        names += ("probability_seg.dcm",)
    if extras.bounds and analysis.bounds:
        write_bounds_seg(target, folder / "bounds_seg.dcm")
        names += ("bounds_seg.dcm",)
    if extras.secondary_capture:
        write_overlays(target, folder / "overlays")
        names += ("overlays",)
    if extras.encapsulated_pdf:
        report, path = folder / "report.pdf", folder / "report.dcm"
        write_encapsulated_pdf(target, report, path, with_identity=with_identity)
        names += ("report.dcm",)
    if extras.mosmed:
        write_mosmed(analysis, folder, extras.mosmed)
        names += (MOSMED,)
    return names
