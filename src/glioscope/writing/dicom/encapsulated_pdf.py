"""The PDF report inside a DICOM file (PS3.3 A.45.1), so that a PACS files it with its study."""

import hashlib
from pathlib import Path

from glioscope.writing.dicom.elements import (
    MANUFACTURER,
    in_languages,
    item,
    save,
    software_version,
    uid_of,
)
from glioscope.writing.dicom.header import PDF_NUMBER, finish
from glioscope.writing.dicom.target import DicomTarget

_ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"


def write_encapsulated_pdf(
    target: DicomTarget, report: Path, path: Path, *, with_identity: bool = False
) -> None:
    """Write the report, a PDF file of this analysis that is there already, as DICOM.

    `with_identity` tells that its pages name the patient, which BurnedInAnnotation must say.
    """
    pdf = report.read_bytes()
    # Two languages are two documents, so the file itself is part of the key.
    digest = hashlib.sha256(pdf).hexdigest()
    dataset = item(
        SOPClassUID=_ENCAPSULATED_PDF,
        SOPInstanceUID=uid_of(target.key, "pdf", digest),
        SeriesInstanceUID=target.series_uid("pdf"),
        SeriesNumber=PDF_NUMBER,
        InstanceNumber=1,
        Modality="DOC",
        ConversionType="WSD",
        Manufacturer=MANUFACTURER,
        ManufacturerModelName=target.model_name,
        SoftwareVersions=software_version(),
        ContentDate="",
        ContentTime="",
        AcquisitionDateTime="",
        BurnedInAnnotation="YES" if with_identity else "NO",
        DocumentTitle=f"glioscope: {' / '.join(in_languages('writing.use'))}",
        ConceptNameCodeSequence=[],
        MIMETypeOfEncapsulatedDocument="application/pdf",
        # An element has an even length; the true one stands beside it.
        EncapsulatedDocument=pdf + b"\0" * (len(pdf) % 2),
        EncapsulatedDocumentLength=len(pdf),
    )
    finish(dataset, target, "PDF")
    save(dataset, path)
