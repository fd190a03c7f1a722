"""`glioscope selftest`: is this installation whole, and does it find what it must find?"""

from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.errors import ModelError

if TYPE_CHECKING:
    from glioscope.model.bundle import Model

# A whole installation finds nearly all of the default phantom's lesion; below this the model, the
# runtime or the geometry is broken rather than a little worse.
_LEAST_DICE = 0.5


def selftest(
    model: Annotated[
        Path | None, typer.Option("--model", help="Model folder; the shipped one by default.")
    ] = None,
) -> None:
    """Check this installation: versions, the model's hashes, and a synthetic lesion it must find.

    Leaves with 0 when all is well and 5 when something is missing, damaged or wrong.
    """
    from glioscope.model.bundle import load_model

    typer.echo(f"ok  packages   {check_packages()} packages of the versions that glioscope needs")
    loaded = load_model(model)
    info = loaded.info
    typer.echo(f"ok  model      {info.name} {info.version}, SHA-256 {info.sha256[:12]}…, intact")
    typer.echo(f"ok  phantom    synthetic lesion found, Dice {check_phantom(loaded):.2f}")


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
            raise ModelError(
                f"package {requirement.name}: expected {requirement.specifier}, "
                f"got {found or 'none'}; run pip install --upgrade glioscope"
            )
    return len(plain)


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
        raise ModelError(
            f"the synthetic lesion is not found: expected tumour with Dice >= {_LEAST_DICE}, got "
            f"{analysis.decision} with {overlap:.2f}; install the model again"
        )
    return overlap
