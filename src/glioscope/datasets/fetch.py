"""Getting the public LGG set from Kaggle; the only place that downloads data."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from glioscope.errors import InputError, UsageError
from glioscope.reading import lgg

HANDLE = "mateuszbuda/lgg-mri-segmentation"
LICENCE = (
    f"The LGG segmentation set ({HANDLE} on Kaggle):\n"
    "  images: The Cancer Imaging Archive, TCGA-LGG, CC BY 3.0;\n"
    "  masks and packaging: Mateusz Buda, CC BY-NC-SA 4.0.\n"
    "Non-commercial use only; name the sources; share what you derive from it alike."
)

_TOKEN = (
    "make a token at kaggle.com/settings and put it in ~/.kaggle/kaggle.json, or set "
    "KAGGLE_USERNAME and KAGGLE_KEY"
)
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
        raise UsageError(f"{target.name} is already there; check it with `glioscope data check`")
    source = lgg.set_root(_download(_kagglehub_download()))
    lgg.list_cases(source)
    _copy(source, target)
    return target


def _kagglehub_download() -> Callable[[str], str]:
    try:
        from kagglehub import dataset_download
    except ImportError as error:
        raise UsageError(
            "kagglehub is not installed; pip install 'glioscope[train]', or in a clone "
            f"pip install -e '.[train]', or download {HANDLE} from kaggle.com and unpack it"
        ) from error
    return dataset_download


def _download(dataset_download: Callable[[str], str]) -> Path:
    from kagglehub import exceptions as kaggle
    from requests import RequestException

    try:
        return Path(dataset_download(HANDLE))
    except (kaggle.UnauthenticatedError, kaggle.CredentialError) as error:
        raise InputError(f"Kaggle does not know you; {_TOKEN}") from error
    except kaggle.KaggleApiHTTPError as error:
        raise InputError(_refusal(error)) from error
    except RequestException as error:
        raise InputError(
            f"Kaggle cannot be reached ({type(error).__name__}); check the network and the proxy"
        ) from error
    except (kaggle.DataCorruptionError, kaggle.BackendError, OSError) as error:
        raise InputError(f"the download failed ({error}); try again") from error


def _refusal(error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _NOT_THERE:
        return f"Kaggle refused the download ({status}); {_TOKEN}"
    return f"Kaggle answered with an error ({status or error}); try again later"


def _copy(source: Path, target: Path) -> None:
    """Copy beside the target and rename, so that a broken copy never looks like the set."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(6)}.{target.name}")
    try:
        shutil.copytree(source, part)
        part.rename(target)
    except OSError as error:
        raise InputError(
            f"the set cannot be copied to {target.parent.name}: {error.strerror or error}"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
