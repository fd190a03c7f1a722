"""Patient-level folds: balanced by site and tumour size, fixed in a file, leaks refused.

`glioscope data folds` makes the file from a folder in the public LGG layout; `folds_lgg90.json` in
this package was made so and is what every reported score uses.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Literal, Self

import msgspec

from glioscope.errors import InputError, LeakError, UsageError
from glioscope.files import atomic_json
from glioscope.reading import lgg
from glioscope.reading.labelled import list_labelled

SCHEMA = "glioscope.folds/1"
FOLDS = 5
SEED = 2024
SIZE_CLASSES = 3
# Where a set of labelled studies keeps its own.
SPLIT = "folds.json"


@dataclass(frozen=True)
class CaseInfo:
    """One examination: what the folds are balanced by.

    `tumour_voxels` counts the reference mask; two examinations of one patient share `patient`.
    `scanner` is empty where nobody says.
    """

    name: str
    patient: str
    site: str
    tumour_voxels: int
    scanner: str = ""


class _Schema(msgspec.Struct):
    schema: str


class _Stored(_Schema):
    """The file of folds; `by_site` and what follows may be missing."""

    seed: int
    folds: tuple[tuple[CaseInfo, ...], ...]
    by_site: bool = False
    data_sha256: str = ""


@dataclass(frozen=True)
class Folds:
    """Parts of a cross-validation; no patient stands in two of them.

    `by_site` parts hold whole hospitals: no site stands in two of them either. `data_sha256` is
    the hash of the data that they were made from, empty where it was not kept.

    Raises:
        LeakError: a patient stands in two parts, or a site where parts are by site.
        UsageError: fewer than two parts, an empty part, or a case listed twice.
    """

    parts: tuple[tuple[CaseInfo, ...], ...]
    seed: int
    by_site: bool = False
    data_sha256: str = ""

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or not all(self.parts):
            raise UsageError("evaluation.few_folds")
        check_no_leak([c.patient for c in part] for part in self.parts)
        if self.by_site:
            check_no_leak(([c.site for c in part] for part in self.parts), "sites")
        repeated = [n for n, count in Counter(c.name for c in self.cases).items() if count > 1]
        if repeated:
            raise UsageError("evaluation.case_twice", count=len(repeated))

    @property
    def k(self) -> int:
        """Number of parts."""
        return len(self.parts)

    @property
    def cases(self) -> tuple[CaseInfo, ...]:
        """All cases, part after part."""
        return tuple(chain.from_iterable(self.parts))

    @property
    def protocol(self) -> str:
        """Name of the protocol, as run folders and scores tell it."""
        if self.by_site:
            return "leave-one-site-out"
        return f"patient-level {self.k}-fold cross-validation"

    def name(self, k: int) -> str:
        """Name of part `k`: ``fold0``, or the sites it holds out, largest first: ``site-FG+EZ``."""
        part = self.parts[self._checked(k)]
        if not self.by_site:
            return f"fold{k}"
        counts = Counter(c.site for c in part)
        return "site-" + "+".join(sorted(counts, key=lambda site: (-counts[site], site)))

    def part_of_site(self, site: str) -> int:
        """The part that holds out a site.

        Raises:
            UsageError: parts mix sites, or there is no such site.
        """
        sites = {c.site: k for k, part in enumerate(self.parts) for c in part}
        if not self.by_site or site not in sites:
            raise UsageError("evaluation.no_site", site=repr(site), sites=str(sorted(sites)))
        return sites[site]

    def test(self, k: int) -> tuple[str, ...]:
        """Sorted case names held out in fold `k`, counted from 0."""
        return tuple(sorted(c.name for c in self.parts[self._checked(k)]))

    def train(self, k: int) -> tuple[str, ...]:
        """Sorted case names of every other fold."""
        held_out = self._checked(k)
        others = (part for i, part in enumerate(self.parts) if i != held_out)
        return tuple(sorted(c.name for c in chain.from_iterable(others)))

    def _checked(self, k: int) -> int:
        if not 0 <= k < self.k:
            raise UsageError("evaluation.no_fold", k=k, last=self.k - 1)
        return k

    def save(self, path: Path) -> None:
        """Write the folds as JSON; the same folds give the same bytes."""
        parts = [[_document(case) for case in part] for part in self.parts]
        kind: dict[str, object] = {"by_site": True} if self.by_site else {}
        if self.data_sha256:
            kind["data_sha256"] = self.data_sha256
        atomic_json(path, {"schema": SCHEMA, "seed": self.seed, **kind, "folds": parts})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: the file cannot be read, or is not a folds file of this schema.
            LeakError: a patient stands in two parts.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(
                "evaluation.folds_unreadable", where=path.name, reason=reason
            ) from error
        return cls.from_json(content, path.name)

    @classmethod
    def from_json(cls, content: bytes, where: str) -> Self:
        """Read the bytes of a folds file; `where` names it in errors.

        Raises:
            InputError: they are none of this schema.
            LeakError: a patient stands in two parts.
        """
        try:
            schema = msgspec.json.decode(content, type=_Schema).schema
            if schema != SCHEMA:
                raise InputError(
                    "evaluation.folds_schema", where=where, expected=SCHEMA, got=schema
                )
            stored = msgspec.json.decode(content, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError("evaluation.no_folds_file", where=where, reason=str(error)) from error
        return cls(stored.folds, stored.seed, stored.by_site, stored.data_sha256)


def _document(case: CaseInfo) -> dict[str, object]:
    document = asdict(case)
    if not case.scanner:
        del document["scanner"]
    return document


def check_no_leak(
    parts: Iterable[Iterable[str]], what: Literal["patients", "sites"] = "patients"
) -> None:
    """Check that no patient stands in two parts; parts are given by the patients of their items.

    `what` names in the message what the items are given by, where it is not the patient.

    Raises:
        LeakError: one does. The message counts the patients and does not name them.
    """
    seats = Counter(chain.from_iterable(set(part) for part in parts))
    shared = sum(count > 1 for count in seats.values())
    if shared:
        code = "evaluation.sites_leak" if what == "sites" else "evaluation.patients_leak"
        raise LeakError(code, count=shared)


def lgg90() -> Folds:
    """The five folds of the 90 LGG patients at hand, as fixed in this repository."""
    name = "folds_lgg90.json"
    content = resources.files("glioscope.evaluation.splits").joinpath(name).read_bytes()
    return Folds.from_json(content, name)


def site_folds(cases: Iterable[CaseInfo], seed: int = SEED) -> Folds:
    """One part per hospital site, sorted by site, for leave-one-site-out.

    A site with a single patient says nothing on its own and joins the smallest of the others (by
    patients, then by name): in the LGG set EZ joins FG. The order of `cases` does not matter, and
    nothing is drawn: `seed` is only kept with the folds.

    Raises:
        UsageError: fewer than two sites have two patients or more.
    """
    by_site: dict[str, list[CaseInfo]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: case.name):
        by_site[case.site].append(case)
    patients = {site: len({c.patient for c in members}) for site, members in by_site.items()}
    large = sorted(site for site, count in patients.items() if count > 1)
    if len(large) < 2:
        raise UsageError("evaluation.few_sites", count=len(large))
    smallest = min(large, key=lambda site: (patients[site], site))
    parts = {site: by_site[site] for site in large}
    parts[smallest] = sum((by_site[s] for s in sorted(by_site) if s not in large), parts[smallest])
    return Folds(tuple(tuple(members) for members in parts.values()), seed, by_site=True)


def make_folds(cases: Sequence[CaseInfo], k: int = FOLDS, seed: int = SEED) -> Folds:
    """Split patients into `k` parts, balanced by site, number, tumour size, scanner, in that order.

    Size is the patient's tumour voxels in tertiles over all patients. Counts of a site differ by
    at most 1 between parts; number and size classes as little as that allows. The order in which
    patients are dealt comes from SHA-256 of seed and patient, so the result does not depend on the
    order of `cases`, on the platform or on a library's version.

    Raises:
        UsageError: `k` is below 2 or above the number of patients.
    """
    patients: dict[str, list[CaseInfo]] = defaultdict(list)
    for case in cases:
        patients[case.patient].append(case)
    if not 2 <= k <= len(patients):
        raise UsageError("evaluation.fold_count", k=k, patients=len(patients))
    part_of = _deal(patients, k, seed)
    parts: list[list[CaseInfo]] = [[] for _ in range(k)]
    for patient, members in patients.items():
        parts[part_of[patient]] += members
    ordered = (tuple(sorted(part, key=lambda case: case.name)) for part in parts)
    return Folds(tuple(ordered), seed)


def _deal(patients: dict[str, list[CaseInfo]], k: int, seed: int) -> dict[str, int]:
    """Part of every patient: each goes where its site is rarest, then to the smallest part."""
    size = _size_classes({p: sum(c.tumour_voxels for c in cs) for p, cs in patients.items()})
    site = {p: min(c.site for c in cs) for p, cs in patients.items()}
    scanner = {p: min(c.scanner for c in cs) for p, cs in patients.items()}
    site_counts = Counter(site.values())
    counts: Counter[tuple[str, int]] = Counter()

    def turn(patient: str) -> tuple[int, str, int, str]:
        # Large sites first: the small ones then even out what these left over.
        return (-site_counts[site[patient]], site[patient], size[patient], _draw(seed, patient))

    part_of: dict[str, int] = {}
    for patient in sorted(patients, key=turn):
        keys = (
            f"site {site[patient]}",
            "all",
            f"size {size[patient]}",
            f"scanner {scanner[patient]}",
        )
        best = min(range(k), key=lambda part: tuple(counts[key, part] for key in keys))
        part_of[patient] = best
        counts.update((key, best) for key in keys)
    return part_of


def _size_classes(voxels: dict[str, int]) -> dict[str, int]:
    ranked = sorted(voxels, key=lambda patient: (voxels[patient], patient))
    return {patient: SIZE_CLASSES * rank // len(ranked) for rank, patient in enumerate(ranked)}


def _draw(seed: int, patient: str) -> str:
    return hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest()


def lgg_cases(root: Path) -> list[CaseInfo]:
    """Every case of a folder in the public LGG layout, with its tumour size from the masks."""
    return [_lgg_case(folder) for folder in lgg.list_cases(root)]


def _lgg_case(folder: Path) -> CaseInfo:
    voxels = int(lgg.read_reference(folder).array.sum())
    return CaseInfo(folder.name, lgg.patient(folder.name), lgg.site(folder.name), voxels)


def labelled_infos(root: Path) -> list[CaseInfo]:
    """Every case of a set of labelled studies, with its tumour size; errors as `list_labelled`."""
    return [
        CaseInfo(c.name, c.patient, c.site, int(c.reference().array.sum()), c.scanner)
        for c in list_labelled(root)
    ]
