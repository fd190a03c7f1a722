"""Prepared slices of a whole set on disk, made by every core once and read again at once.

Where a machine is rented by the minute, preparing the slices anew for each fold would cost more
than training on them.
"""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float16, Int

from glioscope.errors import InputError
from glioscope.evaluation.variants.changes import VARIANTS
from glioscope.files import atomic_path
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare, to_pictures
from glioscope.reading.lgg import read_case, read_reference
from glioscope.training.data.slices import SliceStore, load_slices

_OFFSETS = ("first", "last")


class PreparedSet:
    """The slices of `cases` in `folder`, one file per side; masks of the source in another.

    Attributes:
        cases: case folders, in the order of the slices.
    """

    def __init__(self, folder: Path, cases: list[Path]) -> None:
        self.folder, self.cases = folder, cases

    def make(self, plans: Iterable[Plan], changed: Plan, processes: int) -> None:
        """Write what is not there yet: every side of `plans`, and `changed`'s under `VARIANTS`."""
        # Forked children of a process that has threads of JAX could hang.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            for plan in plans:
                if not self._side(plan.size).exists():
                    parts = list(pool.map(partial(_load, plan=plan), self.cases))
                    _save(self._side(plan.size), _arrays(join(parts)))
            for name in VARIANTS:
                if not self._variant(changed.size, name).exists():
                    planes = pool.map(partial(_changed, name=name, plan=changed), self.cases)
                    _save(self._variant(changed.size, name), {"planes": np.concatenate([*planes])})
            if not self._references().exists():
                _save(self._references(), dict(pool.map(_reference, self.cases)))

    def load(self, size: int) -> SliceStore:
        """The slices at one side.

        Raises:
            InputError: they were not made.
        """
        with _open(self._side(size)) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = tuple(str(name) for name in arrays.pop("names"))
        return SliceStore(**arrays, names=names)

    def variant(self, size: int, name: str) -> Float16[np.ndarray, "s n n c"]:
        """The planes of the changed studies, slice by slice as `load` has them."""
        with _open(self._variant(size, name)) as stored:
            return stored["planes"]

    def references(self) -> dict[str, Bool[np.ndarray, "h w"]]:
        """Masks by slice name, on the source's own pictures."""
        with _open(self._references()) as stored:
            stacks = [stored[case.name] for case in self.cases]
        names = [n for case in self.cases for n in read_case(case).source.slice_names]
        return dict(zip(names, (mask for stack in stacks for mask in stack), strict=True))

    def positions(self, store: SliceStore) -> dict[str, Int[np.ndarray, " s"]]:
        """Positions of the slices of each case, by case name."""
        starts = [int(start) for start in np.unique(store.first)]
        found = (np.arange(start, int(store.last[start]) + 1) for start in starts)
        return dict(zip((case.name for case in self.cases), found, strict=True))

    def _side(self, size: int) -> Path:
        return self.folder / f"side-{size}.npz"

    def _variant(self, size: int, name: str) -> Path:
        return self.folder / f"side-{size}-{name}.npz"

    def _references(self) -> Path:
        return self.folder / "references.npz"


def join(parts: list[SliceStore]) -> SliceStore:
    """Stores one after the other, as if their cases had been loaded together."""
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])

    def all_of(name: str) -> np.ndarray:
        arrays = [getattr(part, name) for part in parts]
        if name in _OFFSETS:
            arrays = [array + start for array, start in zip(arrays, starts, strict=True)]
        return np.concatenate(arrays)

    # Sets that come here are in the LGG layout, which keeps no classes apart.
    left = {"names", "classes"}
    joined = {f.name: all_of(f.name) for f in fields(SliceStore) if f.name not in left}
    return SliceStore(**joined, names=tuple(n for part in parts for n in part.names))


def _load(case: Path, plan: Plan) -> SliceStore:
    return load_slices([case], plan)


def _changed(case: Path, name: str, plan: Plan) -> Float16[np.ndarray, "k n n c"]:
    return prepare(VARIANTS[name](read_case(case)), plan).planes.astype(np.float16)


def _reference(case: Path) -> tuple[str, Bool[np.ndarray, "k h w"]]:
    reference = read_reference(case)
    return case.name, to_pictures(reference.array, reference.grid)


def _arrays(store: SliceStore) -> dict[str, np.ndarray]:
    names = (f.name for f in fields(store) if f.name != "classes")
    return {name: np.asarray(getattr(store, name)) for name in names}


def _save(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _open(path: Path) -> np.lib.npyio.NpzFile:
    if not path.exists():
        raise InputError("training.not_prepared", file=path.name)
    return np.load(path)
