"""Which values of an outline count as tumour: all of them, or those that were named."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from glioscope.errors import InputError, UsageError
from glioscope.own_data.candidate import Outline


@dataclass(frozen=True)
class Labels:
    """Values and names of classes that make up the tumour; none of either takes every class."""

    values: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Labels":
        """From `1,4` or `edema,enhancing tumor`, in any mixture; `all` takes every class.

        Raises:
            UsageError: nothing is named, or 0, which is background.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise UsageError("own_data.no_labels")
        if [part.casefold() for part in parts] == ["all"]:
            return cls()
        values = frozenset(int(part) for part in parts if part.isdecimal())
        if 0 in values:
            raise UsageError("own_data.background_label")
        names = frozenset(part.casefold() for part in parts if not part.isdecimal())
        return cls(values, names)

    def of(self, outline: Outline, case: str) -> Bool[np.ndarray, "i j k"]:
        """Where the tumour is.

        Raises:
            InputError: a name is asked for that the source does not know.
        """
        if not (self.values or self.names):
            return outline.values > 0
        known = {name.casefold(): value for value, name in outline.names.items()}
        if strange := sorted(self.names - known.keys()):
            there = tuple(sorted(outline.names.values()))
            raise InputError("own_data.no_such_label", case=case, name=strange[0], there=there)
        wanted = self.values | {known[name] for name in self.names}
        return np.isin(outline.values, sorted(wanted))
