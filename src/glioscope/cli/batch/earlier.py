"""Results that are there already: whether they may be replaced, and whether they are the same."""

from pathlib import Path
from typing import TYPE_CHECKING

from glioscope.cli.batch.job import Job
from glioscope.errors import GlioscopeError, UsageError

# Imported late below: the reader of results loads NiBabel, which few calls of `analyze` need.
if TYPE_CHECKING:
    from glioscope.model.bundle import Model
    from glioscope.reading.results import StoredAnalysis
    from glioscope.study import Study


def require_replaceable(folder: Path, job: Job) -> None:
    """Refuse to write where something is, unless the user said that it may be replaced.

    Raises:
        UsageError: a result is there and neither `overwrite` nor `skip_existing` is set, or what is
            there is no result, which nothing replaces: it may be the input itself.
    """
    if not folder.exists():
        return
    from glioscope.reading.results import is_result

    if not is_result(folder) and not _is_empty(folder):
        raise UsageError("cli.no_result", study=folder.name, path=str(job.out))
    if not (job.overwrite or job.skip_existing):
        raise UsageError("cli.exists", study=folder.name, folder=job.folder)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def stored_in(folder: Path) -> "StoredAnalysis | None":
    """What is known of the result there; None where there is none, or a damaged one."""
    if not folder.is_dir():
        return None
    from glioscope.reading.results import ANALYSIS_FILE, read_analysis

    try:
        return read_analysis(folder / ANALYSIS_FILE)
    except GlioscopeError:
        return None


def same_model(stored: "StoredAnalysis", model: "Model") -> bool:
    """Whether the result is of these weights under this plan; older results do not say."""
    if stored.model is None:
        return False
    told = (stored.model.sha256, stored.plan_sha256)
    return told == (model.info.sha256, model.plan.sha256)


def same_input(stored: "StoredAnalysis", study: "Study") -> bool:
    """Whether the result is of this study, as it was read; older results do not say."""
    from glioscope.study import content_hash

    return stored.input_sha256 == content_hash(study)
