"""`glioscope selftest`: is this installation whole, and does it find what it must find?"""

from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

import typer

from glioscope.cli.support import options
from glioscope.cli.support.console import Notices
from glioscope.errors import ModelError
from glioscope.settings import Settings
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.model.bundle import Model

# A whole installation finds nearly all of the default phantom's lesion; below this the model, the
# runtime or the geometry is broken rather than a little worse.
_LEAST_DICE = 0.5


def selftest(
    model: options.ModelFolder = None,
) -> None:
    """Check this installation: versions, the model's hashes, and a synthetic lesion it must find.

    Leaves with 0 when all is well and 5 when something is missing, damaged or wrong.
    """
    from glioscope.model.bundle import load_model

    settings, say = Settings.from_environment(), Notices().say
    typer.echo(say(message("cli.selftest.packages", count=check_packages())))
    loaded = load_model(model, threads=settings.threads)
    info, digest = loaded.info, loaded.info.sha256[:12]
    named = message("cli.selftest.model", name=info.name, version=info.version, digest=digest)
    typer.echo(say(named))
    typer.echo(say(message("cli.selftest.phantom", dice=check_phantom(loaded))))


def check_packages() -> int:
    """Compare the installed packages with what glioscope declares; returns how many there are.

    Raises:
        ModelError: one is missing or of another version.
    """
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in requires("glioscope") or ()]
    plain = [r for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
    for requirement in plain:
        found = _installed(requirement.name)
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            raise _wrong(requirement.name, str(requirement.specifier), found)
    return len(plain)


def _wrong(package: str, wanted: str, found: str | None) -> ModelError:
    if found is None:
        return ModelError("cli.selftest.no_package", package=package, wanted=wanted)
    return ModelError("cli.selftest.wrong_package", package=package, wanted=wanted, found=found)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_phantom(model: "Model") -> float:
    """Analyse the synthetic head in memory; returns the Dice of the mask with the true lesion.

    Raises:
        ModelError: the lesion is not found.
    """
    from glioscope.phantom.study import phantom_study
    from glioscope.pipeline import analyze
    from glioscope.volume import dice

    study, truth = phantom_study()
    analysis = analyze(study, model, force=True)  # a phantom, for any model
    overlap = dice(analysis.mask.array, truth.array)
    if analysis.decision != "tumour" or overlap < _LEAST_DICE:
        said = {
            "tumour": message("results.tumour"),
            "not typical": message("results.not typical"),
            "no tumour": message("results.no tumour"),
        }
        decision = said[analysis.decision]
        raise ModelError("cli.selftest.blind", least=_LEAST_DICE, decision=decision, dice=overlap)
    return overlap
