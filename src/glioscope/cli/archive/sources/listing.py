# pyright: basic
# It speaks with fsspec, which carries no types.
"""Studies in an object store, told apart by names and a few headers, without bringing them.

Each ZIP is a place, each NIfTI study, each folder of pictures, and all DICOM of one study: one
header of each folder tells whose it is, since archives keep series in folders of their own.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from glioscope.cli.archive.sources.objects import (
    Objects,
    base_name,
    is_hidden,
    label,
    open_store,
    speaking,
    summed,
    version_of,
)
from glioscope.cli.batch.elsewhere import Distant, not_here
from glioscope.errors import InputError
from glioscope.reading.dicom.files import study_uid_in
from glioscope.reading.dicom.sniff import is_dicom
from glioscope.reading.dicom.study import pseudonym
from glioscope.reading.pictures.slices import SUFFIXES as PICTURES
from glioscope.study import Channel

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

Info = dict[str, Any]

_NIFTI = (".nii", ".nii.gz")
# What lies beside studies and is none.
_OTHER = frozenset(
    (
        *(".txt", ".csv", ".tsv", ".json", ".md", ".xml", ".html", ".htm", ".pdf", ".jpg"),
        *(".jpeg", ".bval", ".bvec", ".xlsx", ".docx", ".gz", ".tar", ".7z", ".rar", ".log"),
    )
)
# A header up to its StudyInstanceUID, and one with much of a maker's own before it, in bytes.
_HEADS = (1 << 13, 1 << 17)
# Files of a folder of which the first that is DICOM tells that the folder is.
_LOOKS = 3
_AT_ONCE = 16


@dataclass(frozen=True)
class _Place:
    """What is one study by its name or its header; `uid` is that of DICOM in folders."""

    paths: tuple[str, ...]
    name: str
    version: str
    uid: str | None = None


def find(url: str) -> list[Distant]:
    """Places behind a URL, with or without a pattern, in the order of their paths.

    Raises:
        UsageError: what such a URL needs is not installed.
        InputError: nothing lies there.
        Unreachable: the store does not answer.
    """
    with speaking(url):
        store, root = open_store(url)
        places = _grouped(_places(store, _begins(store, root)))
    if not places:
        raise InputError("cli.source_empty", name=label(url))
    return [_distant(url, store, place) for place in places]


def _begins(store: "AbstractFileSystem", root: str) -> list[Info]:
    from fsspec.core import has_magic

    if has_magic(root):
        return list(store.glob(root, detail=True).values())
    return [store.info(root)] if store.exists(root) else []


def _places(store: "AbstractFileSystem", begins: list[Info]) -> Iterable[_Place]:
    """All places in and below the beginnings, one level of folders after the other."""
    yield from _files([one for one in begins if one["type"] == "file"])
    level = [one["name"].rstrip("/") for one in begins if one["type"] == "directory"]
    # Who waits for each answer would wait for hours; other libraries may not be asked at once.
    with ThreadPoolExecutor(_AT_ONCE if store.async_impl else 1) as pool:
        while level:
            looked = list(pool.map(partial(_look, store), level))
            level = [folder for _, folders in looked for folder in folders]
            for places, _ in looked:
                yield from places


def _look(store: "AbstractFileSystem", folder: str) -> tuple[list[_Place], list[str]]:
    """Places in a folder itself, and folders to look into."""
    listed = [one for one in store.ls(folder, detail=True) if base_name(one["name"])]
    listed = [one for one in listed if one["name"].rstrip("/") != folder]
    listed = [one for one in listed if not is_hidden(base_name(one["name"]))]
    folders = [one["name"].rstrip("/") for one in listed if one["type"] == "directory"]
    files = [one for one in listed if one["type"] == "file"]
    is_study, uid = _dicom(store, files)
    pictures = any(_suffix(one) in PICTURES for one in files) and not folders
    if is_study or pictures:
        infos = store.find(folder, detail=True).values() if folders else files
        name = pseudonym(uid) if uid else base_name(folder)
        return [_Place((folder,), name, version_of(infos), uid)], []
    return _files(files), folders


def _dicom(store: "AbstractFileSystem", files: list[Info]) -> tuple[bool, str | None]:
    """Whether the files are DICOM, and of which study the first is that tells."""
    unknown = [one for one in files if one["size"] and not _is_other(one)]
    found = False
    for one in sorted(unknown, key=_likely)[:_LOOKS]:
        for most in _HEADS:
            head = store.cat_file(one["name"], start=0, end=min(int(one["size"]), most))
            if not is_dicom(BytesIO(head)):
                break
            found = True
            if uid := study_uid_in(head):
                return True, uid
    return found, None


def _files(files: list[Info]) -> list[_Place]:
    """ZIPs, NIfTI studies and single files of DICOM by their names; others are none of ours."""
    places = [_alone(one) for one in files if _suffix(one) in (".zip", ".dcm")]
    return places + _nifti([one for one in files if _name(one).lower().endswith(_NIFTI)])


def _nifti(files: list[Info]) -> list[_Place]:
    """One study where names tell its sequences apart, else each that is no other sequence."""
    from glioscope.reading import nifti, nifti_folder

    named = {Path(base_name(_name(one))): one for one in files}
    try:
        flair = nifti_folder.choose(list(named), "")[Channel.FLAIR]
    except InputError:
        told = {path: nifti_folder.channel_of(path.name.split(".nii")[0]) for path in named}
        flairs = [path for path, channel in told.items() if channel is Channel.FLAIR]
        return [_alone(named[path], nifti.study_id_of(path)) for path in flairs or named]
    paths = tuple(sorted(map(_name, files)))
    return [_Place(paths, nifti.study_id_of(flair), version_of(files))]


def _alone(info: Info, name: str | None = None) -> _Place:
    return _Place((info["name"],), name or base_name(info["name"]), version_of([info]))


def _grouped(places: Iterable[_Place]) -> list[_Place]:
    """Places in order, with all folders of one study of DICOM as one."""
    groups: dict[str, list[_Place]] = {}
    for place in places:
        groups.setdefault(place.uid or place.paths[0], []).append(place)
    together = [
        _Place(
            tuple(sorted(path for one in group for path in one.paths)),
            group[0].name,
            summed(one.version for one in group),
        )
        for group in groups.values()
    ]
    return sorted(together, key=lambda place: place.paths)


def _distant(url: str, store: "AbstractFileSystem", place: _Place) -> Distant:
    path, parts = place.paths[0], ()
    if len(place.paths) > 1:
        path = _above(place.paths)
        parts = tuple(one[len(path) + 1 :] for one in place.paths)
    address = f"{getattr(store, 'host', '')} {store.unstrip_protocol(path)}"
    origin = Objects(url, address, path, parts, place.version)
    return Distant(place.name, "elsewhere", not_here, origin=origin)


def _above(paths: tuple[str, ...]) -> str:
    """The folder that all lie in."""
    first, last = paths[0].split("/"), paths[-1].split("/")
    same = next(n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return "/".join(first[:same])


def _is_other(info: Info) -> bool:
    suffix = _suffix(info)
    return suffix in _OTHER or suffix in PICTURES or suffix in (".zip", *_NIFTI)


def _likely(info: Info) -> tuple[bool, str]:
    return _suffix(info) != ".dcm", _name(info)


def _suffix(info: Info) -> str:
    return PurePosixPath(info["name"]).suffix.lower()


def _name(info: Info) -> str:
    return info["name"]
