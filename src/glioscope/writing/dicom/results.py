"""Every DICOM result of one study, in its folder."""

from dataclasses import dataclass
from pathlib import Path

from glioscope.analysis import Analysis


@dataclass(frozen=True)
class DicomExtras:
    """What is written for a DICOM study on request, beside `seg.dcm` and `sr.dcm`.

    With `pseudonymous` all of it is written without the patient's and study's attributes.
    """

    fractional_seg: bool = False
    secondary_capture: bool = False
    encapsulated_pdf: bool = False
    pseudonymous: bool = False


NO_EXTRAS = DicomExtras()


def write_dicom_results(
    analysis: Analysis, folder: Path, extras: DicomExtras, *, with_identity: bool = False
) -> tuple[str, ...]:
    """Write into a folder that holds `report.pdf`, and return the names there.

    `sr.dcm` always, `seg.dcm` where there is a lesion; on request `probability_seg.dcm`, the folder
    `overlays` and `report.dcm`. No name says who the patient is; `with_identity` tells that the
    report does.

    Raises:
        InputError: the study was not read from DICOM.
        GridMismatch: its frames do not lie where the slices of the mask do.
    """
    # Imported late: highdicom takes a second, and studies of other kinds never need it.
    from glioscope.writing.dicom.encapsulated_pdf import write_encapsulated_pdf
    from glioscope.writing.dicom.secondary_capture import write_overlays
    from glioscope.writing.dicom.seg import write_probability_seg, write_seg
    from glioscope.writing.dicom.sr.report import write_sr
    from glioscope.writing.dicom.standard_in_parts import read_in_parts
    from glioscope.writing.dicom.target import dicom_target

    read_in_parts()
    target = dicom_target(analysis, pseudonymous=extras.pseudonymous)
    write_sr(target, folder / "sr.dcm")
    names: tuple[str, ...] = ("sr.dcm",)
    if analysis.findings:
        write_seg(target, folder / "seg.dcm")
        names = ("seg.dcm", *names)
    if extras.fractional_seg:
        write_probability_seg(target, folder / "probability_seg.dcm")
        names += ("probability_seg.dcm",)
    if extras.secondary_capture:
        write_overlays(target, folder / "overlays")
        names += ("overlays",)
    if extras.encapsulated_pdf:
        report, path = folder / "report.pdf", folder / "report.dcm"
        write_encapsulated_pdf(target, report, path, with_identity=with_identity)
        names += ("report.dcm",)
    return names
