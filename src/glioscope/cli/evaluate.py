"""`glioscope evaluate`: predictions beside the truth, every figure with its interval."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glioscope.cli.support.console import Notices
from glioscope.cli.support.output import check_folder
from glioscope.errors import UsageError
from glioscope.settings import Settings
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.evaluation.scores.figure import Scores

_SHOWN = (
    "recall",
    "specificity",
    "precision",
    "f1",
    "recall_at_specificity_95",
    "recall/size=≥200 px",
    "roc_auc",
    "iou_positive",
    "iou_all",
    "iou_hits",
    "iou_pooled",
    "dice_mean",
    "dice_median",
    "dice_p10",
    "dice_below_05",
    "dice_below_07",
    "patient_recall",
    "false_lesions_per_study",
    "misses_listed",
    "list_length",
    "recall_with_list",
    "ece",
    "promised_miss_rate/alpha=0.05",
    "promised_specificity/alpha=0.05",
    "flagged_share",
    "flag_recall_07",
    "predicted_dice_mae",
)
# Width of the table where stdout is no terminal.
_PIPE_WIDTH = 100


def evaluate(
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="scores.json, scores.csv, report.html and errors.md go here."
        ),
    ],
    predictions: Annotated[
        Path | None,
        typer.Argument(help="Folder of analyze results, or predictions.npz; not with --run."),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Argument(help="LGG folder, or NIfTI masks STUDY.nii.gz or STUDY/mask.nii.gz."),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(help="Training run: its predictions, also of changed studies, and history."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Another run: how much lower Dice is here on the same patients."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Reference for --run; GLIOSCOPE_LGG when left out.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples.")] = 2000,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="No pictures of the data set in the report.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="scores.json on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")] = False,
) -> None:
    """Score predictions against reference masks, with 95 % intervals over patients."""
    source, truth = _sources(predictions, reference, run, data)
    _require(source, truth)
    if against is not None:
        _require(against / "predictions.npz", truth)
    check_folder(out)
    from glioscope.evaluation.evaluate import evaluate as evaluate_files

    done = evaluate_files(
        source,
        truth,
        out,
        run=run,
        against=against,
        seed=seed,
        resamples=resamples,
        pictures=not no_pictures,
    )
    notices = Notices(quiet=quiet)
    for note in (*done.notes, *([message("evaluation.leaky")] if done.leaky else [])):
        notices.warning(note)
    if json:
        sys.stdout.write(done.files["scores.json"].read_text(encoding="utf-8"))
    elif not quiet:
        _print(done.scores, done.leaky, done.files)


def _sources(
    predictions: Path | None, reference: Path | None, run: Path | None, data: Path | None
) -> tuple[Path, Path]:
    """Where predictions and references lie.

    Raises:
        UsageError: too little or too much was named.
    """
    if run is None:
        if predictions is None or (reference is None) == (data is None):
            raise UsageError("cli.evaluate_what")
        return predictions, reference or data or Path()
    if reference is not None or (predictions is not None and data is not None):
        raise UsageError("cli.run_and_predictions")
    truth = predictions or data or Settings.from_environment().lgg
    if truth is None:
        raise UsageError("cli.run_without_truth")
    return run / "predictions.npz", truth


def _require(predictions: Path, reference: Path) -> None:
    if not predictions.exists():
        raise UsageError("cli.no_such_predictions", where=predictions.name)
    if not reference.is_dir():
        raise UsageError("cli.no_such_truth", where=reference.name)


def _print(scores: "Scores", leaky: bool, files: dict[str, Path]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from glioscope.evaluation.metrics.conventions import CONVENTIONS
    from glioscope.evaluation.report.tables import class_figures, interval_of, title_of, value_of
    from glioscope.evaluation.scores.drops import drops_of

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    spread = "of the draws" if scores.draws else "interval"
    title = "[bold red]leaky protocol[/]" if leaky else None
    table = Table("figure", "value", f"95 % {spread}", "n", box=box.SIMPLE_HEAD, title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    there = {figure.key: figure for figure in scores.figures}
    shown = [there[name] for name in _SHOWN if name in there]
    for figure in (*shown, *class_figures(scores), *drops_of(scores)):
        n = f"{figure.n} {'draws' if scores.draws else CONVENTIONS[figure.name].of}"
        table.add_row(title_of(figure), value_of(figure), interval_of(figure), n)
    console.print(table)
    for path in files.values():
        console.print(str(path), soft_wrap=True, markup=False)
