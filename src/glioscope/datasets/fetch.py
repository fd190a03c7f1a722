# pyright: basic
# It speaks with kagglehub, which carries no types.
"""Getting the public LGG set from Kaggle; the only place that downloads data."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from glioscope.errors import InputError, UsageError
from glioscope.reading import lgg
from glioscope.texts.message import message

HANDLE = "mateuszbuda/lgg-mri-segmentation"
LICENCE = (
    f"The LGG segmentation set ({HANDLE} on Kaggle):\n"
    "  images: The Cancer Imaging Archive, TCGA-LGG, CC BY 3.0;\n"
    "  masks and packaging: Mateusz Buda, CC BY-NC-SA 4.0.\n"
    "Non-commercial use only; name the sources; share what you derive from it alike."
)

_TOKEN = message("datasets.token")
_NOT_THERE = (401, 403)


def fetch_lgg(destination: Path) -> Path:
    """Download the set and copy it to `destination`/kaggle_3m, whole or not at all.

    kagglehub keeps its own copy in its cache, from which a second call is quick. The caller has
    shown `LICENCE` and had it accepted.

    Returns:
        The folder that holds the case folders.

    Raises:
        UsageError: kagglehub is not installed, or the target is already there.
        InputError: no network, Kaggle refused, or what came is not the set.
    """
    target = destination / lgg.SET_FOLDER
    if target.exists():
        raise UsageError("datasets.already_there", name=target.name)
    source = lgg.set_root(_download(_kagglehub_download()))
    lgg.list_cases(source)
    _copy(source, target)
    return target


def _kagglehub_download() -> Callable[[str], str]:
    try:
        from kagglehub import dataset_download
    except ImportError as error:
        raise UsageError("datasets.no_kagglehub", handle=HANDLE) from error
    return dataset_download


def _download(dataset_download: Callable[[str], str]) -> Path:
    from kagglehub import exceptions as kaggle
    from requests import RequestException

    try:
        return Path(dataset_download(HANDLE))
    except (kaggle.UnauthenticatedError, kaggle.CredentialError) as error:
        raise InputError("datasets.unknown_user", token=_TOKEN) from error
    except kaggle.KaggleApiHTTPError as error:
        raise _refusal(error) from error
    except RequestException as error:
        raise InputError("datasets.unreachable", error=type(error).__name__) from error
    except (kaggle.DataCorruptionError, kaggle.BackendError, OSError) as error:
        raise InputError("datasets.download_failed", error=str(error)) from error


def _refusal(error: Exception) -> InputError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _NOT_THERE:
        return InputError("datasets.refused", status=str(status), token=_TOKEN)
    return InputError("datasets.server_error", status=str(status or error))


def _copy(source: Path, target: Path) -> None:
    """Copy beside the target and rename, so that a broken copy never looks like the set."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(6)}.{target.name}")
    try:
        shutil.copytree(source, part)
        part.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "datasets.cannot_copy", folder=target.parent.name, reason=reason
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
