"""highdicom's table of the standard, read module by module.

highdicom 0.28 reads 22 MB of JSON into 60 MB of objects before it makes its first file, which takes
longer than all else in a structured report, and then looks at a hundredth of it. Here a module is
looked for in the text, and read, when it is asked for. What was found in it once is not looked for
again: highdicom asks of every image whether its kind has pixels, and whether it has frames.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, wraps
from importlib.resources import files
from typing import Any

import msgspec

_TABLE = "_standard/module_attribute_map.json"
_READER = "get_module_attribute_map"
_BEGIN, _END = b'{\n  "', b"\n  ]"


class Modules(Mapping[str, list[dict[str, Any]]]):
    """Attributes of every module of the standard by its key; equal to highdicom's own table."""

    def __init__(self) -> None:
        self._table = (files("highdicom") / _TABLE).read_bytes()
        self._read: dict[str, list[dict[str, Any]]] = {}

    def __getitem__(self, key: str) -> list[dict[str, Any]]:
        if key not in self._read:
            self._read[key] = self._module(key)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _module(self, key: str) -> list[dict[str, Any]]:
        """Found by how the table is indented; where it is not, it is read as a whole."""
        if not self._table.startswith(_BEGIN):
            return self._whole()[key]
        name = f'\n  "{key}": '.encode()
        start = self._table.find(name)
        end = self._table.find(_END, start)
        if start < 0:
            raise KeyError(key)
        return msgspec.json.decode(self._table[start + len(name) : end + len(_END)])

    def _whole(self) -> dict[str, list[dict[str, Any]]]:
        return msgspec.json.decode(self._table)


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
