"""Every error glioscope raises on purpose.

::

    GlioscopeError                 exit code 1 when nothing more exact fits
    ├── UsageError                 2  options that contradict each other
    ├── InputError                 3  the input cannot be analysed
    │   ├── UnreadableFile         3  damaged, truncated, or not an image
    │   ├── InvalidImage           3  constant, NaN, empty, or of the wrong size
    │   ├── GridMismatch           3  two images that should share a grid do not
    │   ├── Unreachable            3  where it lies does not answer; it may later
    │   ├── Unfit                  3  read well, but no study this model can judge
    │   └── UnknownSpacing         3  a length or volume asked of a nominal grid
    ├── MissingSequence            4  FLAIR is not there
    ├── ModelError                 5  the model folder is missing or damaged
    ├── BatchFailed                6  some studies of a batch failed
    ├── NotReleased                7  an updated model may be worse than the one in use
    └── LeakError                  1  a patient stands in two parts of a split

An error is raised with the code of a sentence in `glioscope.texts` and its values; the sentence
says what, where, expected, got and the remedy, and never a patient's name. `str()` of an error is
English; `error.message.in_language("ru")` is Russian.
"""

from typing import Any, ClassVar, Self

from glioscope.texts.message import Message, message


class GlioscopeError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns.

    Attributes:
        message: the sentence, as its code and values.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, /, **values: Any) -> None:
        self.message: Message = message(code, **values)
        super().__init__(code)

    @classmethod
    def of(cls, said: Message) -> Self:
        """The error that says a message."""
        return cls(said.code, **said.values)

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.message.to_dict())


class UsageError(GlioscopeError):
    """Options that contradict each other or are out of range."""

    exit_code = 2


class InputError(GlioscopeError):
    """The input cannot be analysed."""

    exit_code = 3


class UnreadableFile(InputError):
    """A file is damaged, truncated, or not an image."""


class InvalidImage(InputError):
    """An image was read but is empty, constant, not finite, or of the wrong size."""


class GridMismatch(InputError):
    """Two images that should lie on one grid do not."""


class Unreachable(InputError):
    """What an input lies on does not answer or refuses to: another time it may."""


class Unfit(InputError):
    """A study was read well, but the model has learned from none like it; names each fault."""


class UnknownSpacing(InputError):
    """A length or a volume was asked of a grid without known spacing."""


class MissingSequence(GlioscopeError):
    """A required MRI sequence is not in the study."""

    exit_code = 4


class ModelError(GlioscopeError):
    """A model folder is missing, incomplete, or does not match its hashes."""

    exit_code = 5


class BatchFailed(GlioscopeError):
    """Some studies of a batch failed; the others were written."""

    exit_code = 6


class NotReleased(GlioscopeError):
    """An updated model may be worse than the one in use, which stays."""

    exit_code = 7


class LeakError(GlioscopeError):
    """A patient stands in two parts of a split that promises not to leak."""


def kind_and_place(error: BaseException) -> str:
    """What nobody expected, for a log: its class, and where in the code it was raised.

    Not its words, which are a library's and may hold a patient's name.
    """
    import traceback
    from pathlib import Path

    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


def _again(kind: type[GlioscopeError], document: dict[str, Any]) -> GlioscopeError:
    """An error as it was before it was pickled."""
    return kind.of(Message.from_dict(document))
