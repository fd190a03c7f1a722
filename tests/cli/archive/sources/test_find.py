"""Folders of studies in several ways, and each path once."""

import shutil
from pathlib import Path

import pytest
from tests.cli.archive.conftest import NAMES

from glioscope.cli.archive.shard import Shard
from glioscope.cli.archive.sources.find import find_studies
from glioscope.cli.batch.job import Wishes
from glioscope.phantom.study import phantom_study
from glioscope.writing.mr.study import write_dicom_study

WISHES = Wishes(spacing=None, series={}, charset=None)


def names(*sources: object) -> list[str]:
    return [one.study_id for one in find_studies(map(str, sources), WISHES)]


def test_patterns_folders_and_lists_name_each_study_once(archive, tmp_path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text(f"\ufeff{archive / 'A_1'}\n", encoding="utf-8")
    assert names(archive) == list(NAMES)
    assert names(f"{archive}/[AB]*", f"@{listed}", archive / "A_1") == ["A_1", "B_2"]


def test_a_folder_of_zips_is_its_zips(tmp_path: Path) -> None:
    for seed in (1, 2):
        study, _ = phantom_study(seed, size=32, slices=3)
        write_dicom_study(study, tmp_path / "made" / str(seed))
        shutil.make_archive(
            str(tmp_path / "zips" / str(seed)), "zip", tmp_path / "made" / str(seed)
        )
    found = find_studies([str(tmp_path / "zips")], WISHES)
    assert [one.path.name for one in found] == ["1.zip", "2.zip"]
    assert {one.kind for one in found} == {"dicom"}
    both = find_studies([str(tmp_path / "made")], WISHES)
    assert [one.place for one in both] == [0, 1]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_study_is_in_one_share(count) -> None:
    shares = [Shard.parse(f"{n}/{count}") for n in range(1, count + 1)]
    for number in range(200):
        assert sum(share.has(f"study{number}") for share in shares) == 1
