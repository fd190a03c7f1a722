"""Folds: balanced, the same whatever the order, fixed in the repository, and without a leak."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glioscope.errors import InputError, LeakError, UsageError
from glioscope.evaluation.splits import folds as folds_module
from glioscope.evaluation.splits.folds import (
    CaseInfo,
    Folds,
    check_no_leak,
    lgg90,
    make_folds,
    site_folds,
)

PACKAGED = Path(folds_module.__file__).with_name("folds_lgg90.json")


def case(number: int, site: str = "A", voxels: int | None = None, visit: str = "1") -> CaseInfo:
    size = 100 * (number + 1) if voxels is None else voxels
    return CaseInfo(f"P{number:03}_{visit}", f"P{number:03}", site, size)


def cases(sites: dict[str, int]) -> list[CaseInfo]:
    names = [site for site, count in sites.items() for _ in range(count)]
    return [case(i, site, (i * 7919) % 1000) for i, site in enumerate(names)]


def spread(parts: list[Counter[str]], keys: set[str]) -> int:
    return max(max(p[k] for p in parts) - min(p[k] for p in parts) for k in keys)


def sites_of(folds: Folds) -> list[Counter[str]]:
    return [Counter(c.site for c in part) for part in folds.parts]


def sizes_of(folds: Folds) -> list[Counter[str]]:
    ranked = sorted(folds.cases, key=lambda c: (c.tumour_voxels, c.patient))
    tertile = {c.name: str(3 * rank // len(ranked)) for rank, c in enumerate(ranked)}
    return [Counter(tertile[c.name] for c in part) for part in folds.parts]


def test_sites_and_sizes_are_balanced() -> None:
    folds = make_folds(cases({"DU": 45, "HT": 34, "CS": 16, "FG": 14, "EZ": 1}))
    assert spread(sites_of(folds), {"DU", "HT", "CS", "FG", "EZ"}) <= 1
    assert spread(sizes_of(folds), {"0", "1", "2"}) <= 3
    assert {len(part) for part in folds.parts} == {22}


@given(st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 20), min_size=1), st.integers(2, 6))
def test_every_case_is_tested_once_and_never_trained_on_then(sites: dict[str, int], k: int) -> None:
    given_cases = cases(sites)
    if len(given_cases) < k:
        return
    folds = make_folds(given_cases, k)
    everyone = sorted(c.name for c in given_cases)
    assert sorted(name for part in range(k) for name in folds.test(part)) == everyone
    for part in range(k):
        assert sorted(folds.test(part) + folds.train(part)) == everyone
    assert spread(sites_of(folds), set(sites)) <= 1


@given(st.randoms())
def test_the_order_of_cases_does_not_matter(random) -> None:
    ordered = cases({"A": 12, "B": 7})
    shuffled = list(ordered)
    random.shuffle(shuffled)
    assert make_folds(shuffled, seed=3) == make_folds(ordered, seed=3)


def test_another_seed_gives_other_folds() -> None:
    some = cases({"A": 30})
    assert make_folds(some, seed=1).parts != make_folds(some, seed=2).parts


def test_visits_of_a_patient_stay_together() -> None:
    visits = [case(n, visit=v) for n in range(12) for v in ("1", "2")]
    folds = make_folds(visits)
    for part in folds.parts:
        assert all(count == 2 for count in Counter(c.patient for c in part).values())


def test_a_patient_in_two_parts_raises() -> None:
    # Different cases of one patient: the case names alone would not show it.
    with pytest.raises(LeakError, match="1 patients"):
        Folds(((case(1, visit="1"), case(2)), (case(1, visit="2"),)), seed=0)
    with pytest.raises(LeakError):
        check_no_leak([["a", "b"], ["c"], ["b"]])
    check_no_leak([["a", "a"], ["b"]])


def test_the_message_names_no_patient() -> None:
    with pytest.raises(LeakError) as caught:
        Folds(((case(7),), (case(7, visit="2"),)), seed=0)
    assert "P007" not in str(caught.value)


def test_what_cannot_be_folds_is_refused() -> None:
    for parts in ((), ((case(1),),), ((case(1),), ()), ((case(1), case(1)), (case(2),))):
        with pytest.raises(UsageError):
            Folds(parts, seed=0)
    with pytest.raises(UsageError):
        make_folds(cases({"A": 4}), k=5)
    with pytest.raises(UsageError):
        make_folds(cases({"A": 4}), k=1)
    with pytest.raises(UsageError, match="fold 5"):
        lgg90().test(5)
    with pytest.raises(UsageError):
        lgg90().train(-1)


def test_saved_and_loaded_again(tmp_path: Path) -> None:
    folds = make_folds(cases({"A": 9, "B": 4}), k=3, seed=11)
    folds.save(tmp_path / "folds.json")
    assert Folds.load(tmp_path / "folds.json") == folds
    folds.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "folds.json").read_bytes()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema": "glioscope.folds/2", "seed": 1, "folds": []}',
     '{"schema": "glioscope.folds/1", "seed": 1, "folds": [[{"name": "x"}]]}'],
)  # fmt: skip
def test_files_that_are_no_folds_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "folds.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"folds\.json") as caught:
        Folds.load(path)
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folds.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"folds\.json"):
        Folds.load(tmp_path / "folds.json")


def test_a_missing_file_is_refused_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.json") as caught:
        Folds.load(tmp_path / "gone.json")
    assert str(tmp_path) not in str(caught.value)


def test_a_tampered_file_leaks_and_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "folds.json"
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    moved = dict(document["folds"][0][0], name="another visit")
    document["folds"][1].append(moved)
    path.write_text(json.dumps(document))
    with pytest.raises(LeakError):
        Folds.load(path)


def test_the_packaged_folds() -> None:
    folds = lgg90()
    assert folds == Folds.load(PACKAGED)
    assert folds.k == 5
    assert [len(part) for part in folds.parts] == [18] * 5
    assert len({c.patient for c in folds.cases}) == 90
    assert spread(sites_of(folds), {"CS", "DU", "EZ", "FG", "HT"}) == 1
    assert spread(sizes_of(folds), {"0", "1", "2"}) <= 2
    assert all(c.tumour_voxels > 0 for c in folds.cases)


def test_the_packaged_folds_are_what_their_cases_give() -> None:
    folds = lgg90()
    assert make_folds(folds.cases, folds.k, folds.seed) == folds


def test_no_two_folds_share_a_case() -> None:
    tested = [set(lgg90().test(k)) for k in range(5)]
    assert not any(a & b for a, b in pairwise(tested))


def test_the_sites_of_the_packaged_cases() -> None:
    folds = site_folds(lgg90().cases)
    assert [folds.name(k) for k in range(folds.k)] == [
        "site-CS",
        "site-DU",
        "site-FG+EZ",
        "site-HT",
    ]
    assert [len(part) for part in folds.parts] == [13, 37, 12, 28]
    assert sorted(c.name for c in folds.cases) == sorted(c.name for c in lgg90().cases)
    assert folds.protocol == "leave-one-site-out"
    assert lgg90().protocol == "patient-level 5-fold cross-validation"
    assert lgg90().name(4) == "fold4"


def test_no_site_is_learnt_from_when_it_is_held_out() -> None:
    folds = site_folds(lgg90().cases)
    site = {c.name: c.site for c in folds.cases}
    for k in range(folds.k):
        assert not {site[n] for n in folds.test(k)} & {site[n] for n in folds.train(k)}
    # Control: the five folds mix sites, so the check above can fail.
    mixed = lgg90()
    assert {site[n] for n in mixed.test(0)} & {site[n] for n in mixed.train(0)}


def test_the_part_of_a_site_is_found_by_its_code() -> None:
    folds = site_folds(lgg90().cases)
    assert folds.part_of_site("EZ") == folds.part_of_site("FG") == 2
    for wrong in (folds, lgg90()):
        with pytest.raises(UsageError, match="holds out"):
            wrong.part_of_site("XX")
    with pytest.raises(UsageError):
        lgg90().part_of_site("CS")


@given(st.randoms())
def test_the_order_of_cases_does_not_matter_to_sites(random) -> None:
    ordered = cases({"A": 5, "B": 1, "C": 3, "D": 3})
    shuffled = list(ordered)
    random.shuffle(shuffled)
    folds = site_folds(shuffled)
    assert folds == site_folds(ordered)
    # B joins the smallest of the others; of two alike the first by name.
    assert [folds.name(k) for k in range(folds.k)] == ["site-A", "site-C+B", "site-D"]


def test_a_site_in_two_parts_is_a_leak_only_where_parts_are_by_site() -> None:
    parts = ((case(1, "A"), case(2, "B")), (case(3, "B"),))
    with pytest.raises(LeakError, match="1 sites"):
        Folds(parts, seed=0, by_site=True)
    assert Folds(parts, seed=0).k == 2


def test_a_patient_seen_at_two_sites_is_a_leak() -> None:
    visits = [case(1, "A"), case(2, "A"), case(3, "B"), case(1, "B", visit="2")]
    with pytest.raises(LeakError, match="1 patients"):
        site_folds(visits)


def test_too_few_sites_are_refused() -> None:
    for sites in ({"A": 9}, {"A": 9, "B": 1}, {"A": 1, "B": 1}):
        with pytest.raises(UsageError, match="two sites"):
            site_folds(cases(sites))


def test_sites_saved_and_loaded_again(tmp_path: Path) -> None:
    folds = site_folds(cases({"A": 3, "B": 4}))
    folds.save(tmp_path / "sites.json")
    assert Folds.load(tmp_path / "sites.json") == folds
