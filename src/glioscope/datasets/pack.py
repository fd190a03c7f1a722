"""The LGG set in a few files, without loss: to carry it to a machine that has no network.

A packed folder holds ``manifest.json`` and ``part-NN.zip``. In a part each case has one grey JPEG
2000 picture per sequence (its slices one below the other; the reversible 5/3 wavelet of
ISO/IEC 15444-1) and its masks as bits under zlib. A sequence that repeats FLAIR is not stored
again. The manifest has the SHA-256 of every part and of every case's pixels, so that nothing comes
back changed.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image as Picture

from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.files import atomic_json, atomic_path
from glioscope.reading import lgg
from glioscope.study import CHANNELS, Channel
from glioscope.texts.message import Message, message

SCHEMA = "glioscope.pack/1"
MANIFEST = "manifest.json"
_MIB = 1024 * 1024
_FLAIR = CHANNELS.index(Channel.FLAIR)
# The fewest levels that compress as well as more do, measured on three cases: 0.318 of the raw
# size; lossless WebP takes 0.33 and four times as long.
_LEVELS = 5

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class PackedCase:
    """A case in the manifest; `sha256` is that of its pictures and then its masks as bytes."""

    name: str
    part: str
    first: int
    slices: int
    height: int
    width: int
    sha256: str


@dataclass(frozen=True)
class PackedPart:
    """A file of the packed folder."""

    name: str
    size: int
    sha256: str


def pack(root: Path, folder: Path, part_mib: float, advance: Advance | None = None) -> list[Path]:
    """Write the set under `root` into `folder`; the parts, each at most `part_mib` MiB.

    A part holds whole cases, so that a case larger than `part_mib` is refused. `advance` is told
    cases done and cases in all.

    Raises:
        UsageError: `folder` holds a packed set already, or a part is too small for a case.
        InputError: as in `read_case`; every slice needs its mask.
    """
    if (folder / MANIFEST).exists():
        raise UsageError("datasets.pack.already", folder=folder.name)
    cases = lgg.list_cases(root)
    packed: list[PackedCase] = []
    parts: list[Path] = []
    waiting: list[tuple[PackedCase, dict[str, bytes]]] = []
    for done, case in enumerate(cases, start=1):
        entry, files = _encode(case)
        size = _size(files)
        if size > part_mib * _MIB:
            raise UsageError("datasets.pack.large_case", case=case.name, size=size / _MIB)
        if waiting and sum(_size(f) for _, f in waiting) + size > part_mib * _MIB:
            parts.append(_write_part(folder, len(parts) + 1, waiting, packed))
        waiting.append((entry, files))
        if advance:
            advance(done, len(cases))
    parts.append(_write_part(folder, len(parts) + 1, waiting, packed))
    _write_manifest(folder, parts, packed)
    return parts


def _size(files: dict[str, bytes]) -> int:
    # Zip's own entries: two headers of under 200 bytes per file.
    return sum(len(data) + 400 for data in files.values())


def _encode(case: Path) -> tuple[PackedCase, dict[str, bytes]]:
    paths = lgg.numbered_slices(case)
    lgg.read_case(case)  # refuses gaps, different sizes and what else is no case
    pictures = np.stack([lgg.read_slice(path) for path in paths.values()])
    masks = np.stack([lgg.read_mask(lgg.mask_path(path)) for path in paths.values()])
    if masks.shape != pictures.shape[:3]:
        raise InputError("datasets.pack.mask_size", case=case.name)
    count, height, width = masks.shape
    files = {f"{case.name}/masks": zlib.compress(np.packbits(masks).tobytes(), 9)}
    for index, sequence in enumerate(CHANNELS):
        if index == _FLAIR or not np.array_equal(pictures[..., index], pictures[..., _FLAIR]):
            files[f"{case.name}/{sequence.value}"] = _compress(pictures[..., index])
    first = next(iter(paths))
    digest = _digest(pictures, masks)
    return PackedCase(case.name, "", first, count, height, width, digest), files


def _digest(pictures: UInt8[np.ndarray, "s h w 3"], masks: Bool[np.ndarray, "s h w"]) -> str:
    return hashlib.sha256(pictures.tobytes() + masks.tobytes()).hexdigest()


def _compress(plane: UInt8[np.ndarray, "s h w"]) -> bytes:
    column = Picture.fromarray(np.ascontiguousarray(plane).reshape(-1, plane.shape[2]))
    data = io.BytesIO()
    # Each level halves the picture, which must not vanish.
    levels = min(_LEVELS, min(column.size).bit_length() - 1)
    column.save(data, "JPEG2000", irreversible=False, num_resolutions=levels, no_jp2=True)
    return data.getvalue()


def _write_part(
    folder: Path,
    number: int,
    waiting: list[tuple[PackedCase, dict[str, bytes]]],
    packed: list[PackedCase],
) -> Path:
    """Write what waits as one part, and move its cases to `packed`."""
    path = folder / f"part-{number:02d}.zip"
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for entry, files in waiting:
            packed.append(replace(entry, part=path.name))
            for name, data in files.items():
                archive.writestr(name, data)
    waiting.clear()
    return path


def _write_manifest(folder: Path, parts: list[Path], packed: list[PackedCase]) -> None:
    described = [PackedPart(p.name, p.stat().st_size, _file_digest(p)) for p in parts]
    atomic_json(
        folder / MANIFEST,
        {
            "schema": SCHEMA,
            "parts": [asdict(part) for part in described],
            "cases": [asdict(case) for case in packed],
        },
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(folder: Path, root: Path, advance: Advance | None = None) -> Path:
    """Write a packed set in the public layout to `root`/kaggle_3m; the folder of the cases.

    Every part is checked before the first file is written. Cases that are there already are
    written anew, so that a broken call is repeated.

    Raises:
        UnreadableFile: no manifest, or parts that are missing or damaged; names every one.
        InputError: another schema, or pixels that are not those that were packed.
    """
    parts, cases = _read_manifest(folder)
    faults = tuple(fault for part in parts if (fault := _fault(folder, part)))
    if faults:
        raise UnreadableFile("datasets.pack.damaged", folder=folder.name, faults=faults)
    target = root / lgg.SET_FOLDER

    def decode(case: PackedCase) -> None:
        _decode(folder, case, target)

    with ThreadPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(decode, cases), start=1):
            if advance:
                advance(done, len(cases))
    return target


def _read_manifest(folder: Path) -> tuple[list[PackedPart], list[PackedCase]]:
    where = f"{folder.name}/{MANIFEST}"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["schema"] != SCHEMA:
            raise InputError(
                "datasets.pack.schema", name=where, expected=SCHEMA, found=str(manifest["schema"])
            )
        parts = [PackedPart(**part) for part in manifest["parts"]]
        return parts, [PackedCase(**case) for case in manifest["cases"]]
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile("datasets.pack.unreadable", name=where, reason=reason) from error
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableFile(
            "datasets.pack.manifest_damaged", name=where, error=str(error)
        ) from error


def _fault(folder: Path, part: PackedPart) -> Message | None:
    path = folder / part.name
    if not path.is_file():
        return message("datasets.pack.part_missing", part=part.name)
    if path.stat().st_size != part.size or _file_digest(path) != part.sha256:
        return message("datasets.pack.part_damaged", part=part.name)
    return None


def _decode(folder: Path, case: PackedCase, target: Path) -> None:
    with zipfile.ZipFile(folder / case.part) as archive:
        planes = dict(_planes(archive, case))
        bits = np.frombuffer(zlib.decompress(archive.read(f"{case.name}/masks")), np.uint8)
    pictures = np.stack([planes.get(s, planes[Channel.FLAIR]) for s in CHANNELS], axis=-1)
    shape = (case.slices, case.height, case.width)
    masks = np.unpackbits(bits, count=pictures[..., 0].size).reshape(shape).astype(bool)
    if _digest(pictures, masks) != case.sha256:
        raise InputError("datasets.pack.other_pixels", case=case.name)
    place = target / case.name
    place.mkdir(parents=True, exist_ok=True)
    for number, (picture, mask) in enumerate(zip(pictures, masks, strict=True), start=case.first):
        path = place / f"{case.name}_{number}.tif"
        Picture.fromarray(picture).save(path)
        Picture.fromarray(np.uint8(255) * mask).save(lgg.mask_path(path))


def _planes(
    archive: zipfile.ZipFile, case: PackedCase
) -> Iterator[tuple[Channel, UInt8[np.ndarray, "s h w"]]]:
    for sequence in CHANNELS:
        name = f"{case.name}/{sequence.value}"
        if name in archive.namelist():
            with Picture.open(io.BytesIO(archive.read(name)), formats=("JPEG2000",)) as picture:
                yield sequence, np.asarray(picture).reshape(-1, case.height, case.width)
