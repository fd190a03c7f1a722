"""`glioscope demo`: the whole way on a study made by code, the truth beside what was found."""

import json as json_text
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support import options
from glioscope.cli.support.console import Notices, progress, tell
from glioscope.cli.support.language import language_in
from glioscope.cli.support.letters import stdout_knows_all
from glioscope.cli.support.output import check_folder
from glioscope.settings import Settings

if TYPE_CHECKING:
    from glioscope.analysis import Analysis
    from glioscope.model.bundle import Model
    from glioscope.study import Study
    from glioscope.volume import Mask
    from glioscope.writing.wording import Wording

# Width of the table where stdout is no terminal.
_PIPE_WIDTH = 100


@dataclass(frozen=True)
class _Figures:
    """What the truth and the analysis can be compared by."""

    volume_ml: float
    slices: int
    lesions: int


def demo(
    out: Annotated[Path, typer.Option("--output", "-o", help="Results go in here.")] = (
        Path("out/demo")
    ),
    model: options.ModelFolder = None,
    lang: options.Lang = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another head.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse a synthetic head and write its results, replacing those of an earlier demo."""
    from glioscope.model.bundle import load_model
    from glioscope.phantom.study import phantom_study
    from glioscope.writing.study_folder import write_study
    from glioscope.writing.wording import wording

    settings = Settings.from_environment()
    words = wording(language_in(lang, settings))
    notices = Notices(quiet=quiet, verbose=verbose, lang=words.lang)
    check_folder(out)
    network = load_model(model, threads=settings.threads)
    study, truth = phantom_study(seed)
    analysis = _analysis(study, network, notices)
    files = write_study(analysis, out, lang=words.lang, save_probability=True, overwrite=True)
    tell(analysis.study.study_id, analysis.warnings, analysis.timings_s, notices)
    if json:
        print(_json(analysis, truth, files), flush=True)
    else:
        _print(analysis, truth, files, words)


def _analysis(study: "Study", network: "Model", notices: Notices) -> "Analysis":
    from glioscope.pipeline import analyze

    with progress(study.study_id, notices) as advance:
        # Made by code, so the model need not know its like.
        return analyze(study, network, advance, force=True)


def _figures(mask: "Mask") -> _Figures:
    from glioscope.model.components import label
    from glioscope.model.preprocess import to_pictures
    from glioscope.volume import volume_ml

    slices = int(to_pictures(mask.array, mask.grid).any(axis=(1, 2)).sum())
    return _Figures(volume_ml(mask), slices, int(label(mask.array)[1]))


def _json(analysis: "Analysis", truth: "Mask", files: dict[str, Path]) -> str:
    from dataclasses import asdict

    from glioscope.volume import dice

    document = {
        "synthetic": True,
        "research_use_only": True,
        "study_id": analysis.study.study_id,
        "truth": {"decision": "tumour", **asdict(_figures(truth))},
        "found": {
            "decision": analysis.decision,
            **asdict(_figures(analysis.mask)),
            "probability": analysis.probability,
        },
        "dice": dice(truth.array, analysis.mask.array),
        "files": {name: str(path) for name, path in files.items()},
    }
    return json_text.dumps(document, ensure_ascii=not stdout_knows_all(), allow_nan=False)


def _print(analysis: "Analysis", truth: "Mask", files: dict[str, Path], words: "Wording") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    table = Table(title=words("demo.title"), box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("")
    table.add_column(words("demo.truth"), justify="right")
    table.add_column(words("demo.found"), justify="right")
    for row in _rows(analysis, truth, words):
        table.add_row(*row)
    console.print(table)
    console.print(words("demo.files"))
    for path in files.values():
        console.print(f"  {path}", soft_wrap=True, markup=False)
    console.print(f"\n{words('demo.synthetic')}\n{words('notice')}", soft_wrap=True)


def _rows(
    analysis: "Analysis", truth: "Mask", words: "Wording"
) -> tuple[tuple[str, str, str], ...]:
    from glioscope.volume import dice

    real, found = _figures(truth), _figures(analysis.mask)
    probability = words("decision.probability", probability=words.probability(analysis.probability))
    return (
        (
            words("demo.decision"),
            words("demo.tumour"),
            f"{words(f'results.{analysis.decision}')}, {probability}",
        ),
        (
            words("demo.volume"),
            words.measure(real.volume_ml, "ml", 1),
            words.measure(found.volume_ml, "ml", 1),
        ),
        (words("demo.slices"), str(real.slices), str(found.slices)),
        (words("demo.lesions"), str(real.lesions), str(found.lesions)),
        (words("demo.overlap"), "", words.number(dice(truth.array, analysis.mask.array), 3)),
    )
