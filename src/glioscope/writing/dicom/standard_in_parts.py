"""highdicom's table of the standard, read module by module.

highdicom 0.28 reads 22 MB of JSON into 60 MB of objects before it makes its first file, which takes
longer than all else in a structured report, and then looks at a hundredth of it. Here it is noted
where each module stands in the file, and a module is read when it is asked for. What was found in
it once is not looked for again: highdicom asks of every image whether its kind has pixels, and
whether it has frames.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, wraps
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

_TABLE = "_standard/module_attribute_map.json"
_READER = "get_module_attribute_map"
# A module's name, as the table is indented.
_NAME = re.compile(rb'\n  "([^"\n]+)": ')
_BLOCK = 1 << 20


class Modules(Mapping[str, list[dict[str, Any]]]):
    """Attributes of every module of the standard by its key; equal to highdicom's own table."""

    def __init__(self, table: Path | None = None) -> None:
        """Of highdicom's own `table`, or of another file."""
        self._table = table or Path(str(files("highdicom"))) / _TABLE
        self._places = _places(self._table)
        self._read: dict[str, list[dict[str, Any]]] = {}

    def __getitem__(self, key: str) -> list[dict[str, Any]]:
        if key not in self._read:
            self._read[key] = self._module(key)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places or self._whole())

    def __len__(self) -> int:
        return len(self._places or self._whole())

    def _module(self, key: str) -> list[dict[str, Any]]:
        """Found by how the table is indented; where it is not, it is read as a whole."""
        if not self._places:
            return self._whole()[key]
        start, stop = self._places[key]
        with self._table.open("rb") as file:
            file.seek(start)
            text = file.read(stop - start)
        return msgspec.json.decode(text[: text.rindex(b"]") + 1])

    def _whole(self) -> dict[str, list[dict[str, Any]]]:
        return msgspec.json.decode(self._table.read_bytes())


def _places(table: Path) -> dict[str, tuple[int, int]]:
    """From where to where each module's attributes stand, by key; none of another indentation."""
    starts: list[tuple[str, int]] = []
    size, carried = 0, b""
    with table.open("rb") as file:
        while block := file.read(_BLOCK):
            # A line that a block cuts in two is looked at with the next one.
            text = carried + block
            keep = max(text.rfind(b"\n"), 0)
            before = size - len(carried)
            for found in _NAME.finditer(text, 0, keep):
                starts.append((found[1].decode(), before + found.end()))
            size, carried = size + len(block), text[keep:]
    stops = [*(start for _, start in starts[1:]), size] if starts else []
    return {name: (start, stop) for (name, start), stop in zip(starts, stops, strict=True)}


def read_in_parts() -> None:
    """Let highdicom use `Modules` and remember answers; called again, it does nothing.

    Where a later release reads its table in another way, that stays as it is.
    """
    from highdicom import _standard_utils as utilities
    from highdicom import base, image

    for user in (utilities, base, image):
        if hasattr(user, _READER):
            setattr(user, _READER, _modules)
    ask = utilities.is_attribute_in_iod
    if not hasattr(ask, "__wrapped__"):
        utilities.is_attribute_in_iod = _remembered(ask)


def _remembered(ask: Callable[..., bool]) -> Callable[..., bool]:
    """`is_attribute_in_iod`, looking for the same thing once."""
    known = cache(ask)

    @wraps(ask)
    def answer(
        attribute: str, sop_class_uid: str, exclude_path_elements: Sequence[str] | None = None
    ) -> bool:
        without = None if exclude_path_elements is None else tuple(exclude_path_elements)
        return known(attribute, sop_class_uid, without)

    return answer


@cache
def _modules() -> Modules:
    return Modules()
