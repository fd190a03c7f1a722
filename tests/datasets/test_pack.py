import json
from pathlib import Path

import numpy as np
import pytest

from glioscope.datasets.pack import MANIFEST, pack, unpack
from glioscope.errors import InputError, UnreadableFile, UsageError
from glioscope.reading.lgg import list_cases, mask_path, numbered_slices, read_mask, read_slice
from lgg_folder import head_stack, write_case

NAMES = [f"TCGA_DU_{number}_19990101" for number in (1111, 2222, 3333)]


def folder_of_cases(root: Path) -> Path:
    for seed, name in enumerate(NAMES):
        stack, masks = head_stack(slices=3 + seed, seed=seed)
        if seed == 1:
            stack[..., 0] = stack[..., 1]  # T1 repeats FLAIR over the whole case
        write_case(root, name, stack, masks)
    return root


def pixels(root: Path) -> dict[str, np.ndarray]:
    found = {}
    for case in list_cases(root):
        for path in numbered_slices(case).values():
            found[path.name] = read_slice(path)
            found[mask_path(path).name] = read_mask(mask_path(path))
    return found


def packed(tmp_path: Path, part_mib: float = 50) -> Path:
    pack(folder_of_cases(tmp_path / "data"), tmp_path / "packed", part_mib)
    return tmp_path / "packed"


def test_what_comes_back_is_what_was_packed(tmp_path: Path) -> None:
    target = unpack(packed(tmp_path), tmp_path / "back")
    before, after = pixels(tmp_path / "data"), pixels(target)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert sorted(p.name for p in target.rglob("*.tif")) == sorted(before)


def test_a_repeated_sequence_is_not_stored_again(tmp_path: Path) -> None:
    import zipfile

    [part] = packed(tmp_path).glob("part-*.zip")
    names = zipfile.ZipFile(part).namelist()
    assert sum(name.startswith(NAMES[0]) for name in names) == 4
    assert sum(name.startswith(NAMES[1]) for name in names) == 3


def test_parts_keep_to_their_size_and_hold_whole_cases(tmp_path: Path) -> None:
    folder = packed(tmp_path, part_mib=0.03)
    sizes = [path.stat().st_size for path in sorted(folder.glob("part-*.zip"))]
    assert len(sizes) > 1
    assert max(sizes) <= 0.03 * 2**20
    assert unpack(folder, tmp_path / "back").is_dir()


def test_a_part_too_small_for_a_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make parts larger"):
        packed(tmp_path, part_mib=0.001)


def test_missing_and_damaged_parts_are_all_named_and_nothing_is_written(tmp_path: Path) -> None:
    folder = packed(tmp_path, part_mib=0.03)
    first, second = sorted(folder.glob("part-*.zip"))[:2]
    first.unlink()
    data = bytearray(second.read_bytes())
    data[len(data) // 2] ^= 1
    second.write_bytes(data)
    with pytest.raises(UnreadableFile, match=rf"{first.name} is missing; {second.name} is damaged"):
        unpack(folder, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_other_pixels_than_were_packed_are_refused(tmp_path: Path) -> None:
    folder = packed(tmp_path)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["cases"][0]["sha256"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=f"{NAMES[0]}: other pixels"):
        unpack(folder, tmp_path / "back")


def test_a_packed_folder_is_not_written_over_and_a_manifest_is_needed(tmp_path: Path) -> None:
    folder = packed(tmp_path)
    with pytest.raises(UsageError, match="already"):
        pack(tmp_path / "data", folder, 50)
    (folder / MANIFEST).write_text("{}")
    with pytest.raises(UnreadableFile, match="damaged"):
        unpack(folder, tmp_path / "back")
    (folder / MANIFEST).unlink()
    with pytest.raises(UnreadableFile, match="cannot be read"):
        unpack(folder, tmp_path / "back")
