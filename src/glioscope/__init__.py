"""glioscope finds glioma on brain MRI. Research use only; not a medical device.

The public names below are loaded on first use (PEP 562), so that `import glioscope` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.analysis_parts import Finding, ModelInfo, PossibleMiss, SliceFinding
    from glioscope.errors import (
        BatchFailed,
        GlioscopeError,
        GridMismatch,
        InputError,
        InvalidImage,
        LeakError,
        MissingSequence,
        ModelError,
        UnknownSpacing,
        UnreadableFile,
        UsageError,
    )
    from glioscope.model.bundle import load_model
    from glioscope.model.plan import Plan
    from glioscope.pipeline import analyze
    from glioscope.reading.read import read
    from glioscope.settings import Settings
    from glioscope.study import Channel, Source, Study
    from glioscope.volume import Grid, Image, Mask, volume_ml

    __version__: str

__all__ = [
    "Analysis",
    "BatchFailed",
    "Channel",
    "Finding",
    "GlioscopeError",
    "Grid",
    "GridMismatch",
    "Image",
    "InputError",
    "InvalidImage",
    "LeakError",
    "Mask",
    "MissingSequence",
    "ModelError",
    "ModelInfo",
    "Plan",
    "PossibleMiss",
    "Settings",
    "SliceFinding",
    "Source",
    "Study",
    "UnknownSpacing",
    "UnreadableFile",
    "UsageError",
    "__version__",
    "analyze",
    "load_model",
    "read",
    "volume_ml",
]

_HOMES = {
    "glioscope.analysis": ("Analysis",),
    "glioscope.analysis_parts": ("Finding", "ModelInfo", "PossibleMiss", "SliceFinding"),
    "glioscope.errors": (
        "BatchFailed",
        "GlioscopeError",
        "GridMismatch",
        "InputError",
        "InvalidImage",
        "LeakError",
        "MissingSequence",
        "ModelError",
        "UnknownSpacing",
        "UnreadableFile",
        "UsageError",
    ),
    "glioscope.model.bundle": ("load_model",),
    "glioscope.model.plan": ("Plan",),
    "glioscope.pipeline": ("analyze",),
    "glioscope.reading.read": ("read",),
    "glioscope.settings": ("Settings",),
    "glioscope.study": ("Channel", "Source", "Study"),
    "glioscope.volume": ("Grid", "Image", "Mask", "volume_ml"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        # Looked for once: it is asked for with every file that is written.
        globals()[name] = version("glioscope")
        return globals()[name]
    if name not in _HOME_OF:
        raise AttributeError(f"module 'glioscope' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
