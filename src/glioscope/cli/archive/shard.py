"""Which studies are one computer's share: by a hash of the name, so that all agree unasked."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from glioscope.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """Share `index` of `count`, from 1 up."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `2/8`.

        Raises:
            UsageError: it is none, or lies outside of its count.
        """
        first, _, second = text.partition("/")
        if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
            raise UsageError("cli.archive_shard", value=text)
        return cls(int(first), int(second))

    def has(self, study: str) -> bool:
        """Whether a study is in it; every study is in one share."""
        place = int.from_bytes(sha256(study.encode()).digest()[:8], "big") % self.count
        return place == self.index - 1
