# pyright: basic
# It speaks with pydicom, whose types have gaps.
"""DICOM series with SEG or RTSTRUCT beside them, in any order of folders."""

from collections import defaultdict
from functools import partial

from glioscope.errors import InputError
from glioscope.own_data.candidate import Candidate, Outline
from glioscope.own_data.layouts.contours import contours_of
from glioscope.own_data.layouts.segmentation import segments_of
from glioscope.pseudonyms import Pseudonyms
from glioscope.reading.containers.entry import Container
from glioscope.reading.dicom.choice import choose
from glioscope.reading.dicom.files import DicomFile, read_whole, read_whole_header, scan, value
from glioscope.reading.dicom.study import DicomStudy, find_studies, read_study
from glioscope.study import Channel, Study

_READERS = {"SEG": segments_of, "RTSTRUCT": contours_of}


def dicom_cases(
    container: Container, names: Pseudonyms, charset: str | None = None
) -> list[Candidate]:
    """Studies that have MR pictures and an outline, sorted by name.

    Patients get pseudonyms by PatientID (by StudyInstanceUID where there is none); site and
    scanner are InstitutionName's pseudonym and the scanner's maker, model and field.

    Raises:
        InputError: no study has an outline, or one has several.
    """
    outlines: dict[str, list[DicomFile]] = defaultdict(list)
    for file in scan(container).files:
        if value(file.header, "Modality") in _READERS:
            outlines[str(value(file.header, "StudyInstanceUID") or "")].append(file)
    studies = [s for s in find_studies(container, charset) if s.has_pictures and s.uid in outlines]
    if not studies:
        raise InputError("own_data.empty", name=container.name, expected="MR + SEG / RTSTRUCT")
    cases = [_case(study, outlines[study.uid], names) for study in studies]
    return sorted(cases, key=lambda case: case.name)


def _case(study: DicomStudy, outlines: list[DicomFile], names: Pseudonyms) -> Candidate:
    name = names.of_study(study.uid)
    if len(outlines) > 1:
        kinds = tuple(str(value(file.header, "Modality")) for file in outlines)
        raise InputError("own_data.which_outline", case=name, there=kinds)
    header = read_whole_header(_pictured(study))
    patient = str(value(header, "PatientID") or "") or study.uid
    institution = str(value(header, "InstitutionName") or "")
    field = value(header, "MagneticFieldStrength")
    scanner = [value(header, "Manufacturer"), value(header, "ManufacturerModelName")]
    scanner.append(f"{float(field):g} T" if field else "")
    return Candidate(
        name,
        names.of_patient(patient),
        partial(read_study, study),
        partial(_outline, outlines[0]),
        # A hospital's name in a set that may be passed on would name the hospital.
        names.of_site(institution) if institution else "",
        " ".join(str(part).strip() for part in scanner if part),
    )


def _pictured(study: DicomStudy) -> DicomFile:
    chosen = choose(study.candidates, {}).chosen.get(Channel.FLAIR)
    series = [c.series for c in (chosen, *study.candidates) if c and c.series.frames]
    return series[0].header


def _outline(file: DicomFile, study: Study) -> Outline:
    return _READERS[str(value(file.header, "Modality"))](read_whole(file), study)
