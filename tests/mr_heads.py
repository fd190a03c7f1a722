"""A phantom's series as an archive holds them."""

import io
from dataclasses import dataclass, replace
from functools import cache

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dicom_datasets import TAGS
from glioscope.phantom.study import phantom_study
from glioscope.study import Channel, Study
from glioscope.writing.dicom.elements import uid_of
from mr_series import series_datasets


@dataclass(frozen=True)
class Head:
    """One study: DICOM files by series."""

    uid: str
    series: dict[str, list[bytes]]

    @property
    def files(self) -> list[bytes]:
        return [one for series in self.series.values() for one in series]


def head(channels: tuple[Channel, ...] = tuple(Channel), name: str = "", **tags: str) -> Head:
    """A small head, another study for each `name`; `tags` are put into every header."""
    study = _phantom()
    uid = uid_of("study", name)
    found: dict[str, list[bytes]] = {}
    for channel in channels:
        scanner = replace(TAGS[channel], study_uid=uid)
        datasets = series_datasets(study.images[channel], scanner)
        for dataset in datasets:
            for keyword, value in tags.items():
                setattr(dataset, keyword, value)
        series = str(datasets[0].SeriesInstanceUID)
        found[series] = [_packed(one) for one in datasets]
    return Head(uid, found)


@cache
def _phantom() -> Study:
    return phantom_study(0, size=128, slices=12)[0]


def _packed(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
