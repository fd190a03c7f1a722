"""Figures as text and HTML tables; what is no Markup is escaped."""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from glioscope.evaluation.metrics import ConfusionCounts
from glioscope.evaluation.metrics.conventions import CONVENTIONS
from glioscope.evaluation.report.html import filled
from glioscope.evaluation.scores import published as paper
from glioscope.evaluation.scores.figure import SPREAD, Figure, Scores

LEAKY = Markup('<strong class="leaky">leaky</strong>')
NONE = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Rounded; a dash for None, ∞ for a distance without end."""
    if value is None:
        return NONE
    return "∞" if math.isinf(value) else f"{value:.{digits}f}"


def value_of(figure: Figure) -> str:
    """The value with the digits of its convention; means of counts over draws keep one."""
    digits = CONVENTIONS[figure.name].digits
    fraction = figure.value is not None and digits == 0 and figure.value % 1
    return number(figure.value, 1 if fraction else digits)


def title_of(figure: Figure) -> str:
    """The convention's title, and after it the group."""
    title = CONVENTIONS[figure.name].title
    return f"{title}, {figure.group}" if figure.group else title


def interval_of(figure: Figure) -> str:
    """[low, high], or nothing."""
    if figure.low is None:
        return ""
    digits = CONVENTIONS[figure.name].digits
    return f"[{number(figure.low, digits)}, {number(figure.high, digits)}]"


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str = "",
    text: Iterable[int] = (),
) -> Markup:
    """An HTML table; columns in `text` stand to the left, as the first does."""
    left = {0, *text}
    return filled("table.html.j2", head=head, rows=list(rows), caption=caption, left=left)


def figure_cells(figure: Figure, drawn: bool) -> tuple[str, str, str]:
    """Value, interval and n, which counts draws where there are any."""
    of = "draws" if drawn else CONVENTIONS[figure.name].of
    return value_of(figure), _interval(figure), f"{figure.n} {of}"


def _interval(figure: Figure) -> Markup:
    return Markup('<span class="interval">{}</span>').format(interval_of(figure))


def all_figures(scores: Scores) -> Markup:
    """Every overall figure; for draws with the standard deviation over them."""
    drawn = scores.draws > 0
    spread = {f.name: f for f in scores.figures if f.group == SPREAD}

    def cells(figure: Figure) -> tuple[str, ...]:
        value, interval, n = figure_cells(figure, drawn)
        between = (number(spread[figure.name].value),) if drawn else ()
        return CONVENTIONS[figure.name].title, value, *between, interval, n

    head = ("figure", "value", *(("SD",) if drawn else ()), _interval_title(scores), "n")
    return table(head, (cells(f) for f in scores.figures if not f.group))


def _interval_title(scores: Scores) -> str:
    return "2.5th to 97.5th percentile of draws" if scores.draws else "95 % interval"


def groups(scores: Scores, kind: str) -> str:
    """One row per group of a kind (site, size, missing, fold); empty when there is none."""
    names = [g for g in scores.groups if g.startswith(f"{kind}=")]
    if not names:
        return ""
    columns = list(dict.fromkeys(f.name for f in scores.figures if f.group == names[0]))

    def cell(name: str, group: str) -> str:
        return _with_interval(scores.figure(f"{name}/{group}"))

    def count(group: str) -> str:
        return str(scores.figure(f"recall/{group}").n)

    rows = [(g.partition("=")[2], count(g), *(cell(c, g) for c in columns)) for g in names]
    titles = [CONVENTIONS[c].title for c in columns]
    return table((kind, "positive slices", *titles), rows)


def classes(scores: Scores) -> str:
    """One row per figure of each class of tumour; empty where none are told apart."""
    found = class_figures(scores)
    if not found:
        return ""
    rows = ((title_of(f), *figure_cells(f, drawn=False)) for f in found)
    return table(("class", "value", "95 % interval", "n"), rows)


def class_figures(scores: Scores) -> list[Figure]:
    """Figures of the classes of tumour."""
    return [figure for figure in scores.figures if figure.group.startswith("class=")]


def drops(figures: Sequence[Figure]) -> str:
    """Every drop, one row each; empty without any."""
    if not figures:
        return ""
    rows = ((title_of(f), *figure_cells(f, drawn=False)) for f in figures)
    return table(("drop", "value", "95 % interval", "n"), rows)


def iou_conventions(scores: Scores, names: Sequence[str]) -> str:
    """All IoU side by side, each with what it means."""
    rows: list[tuple[str, ...]] = []
    for name in names:
        cells = figure_cells(scores.figure(name), scores.draws > 0)
        rows.append((Markup("<code>{}</code>").format(name), *cells, CONVENTIONS[name].text))
    return table(("IoU", "value", _interval_title(scores), "n", "convention"), rows, text=(4,))


def confusion_of(scores: Scores) -> Markup:
    """Our counts."""
    title = f"ours, mean of {scores.draws} draws" if scores.draws else "ours"
    return _matrix(title, {n: value_of(scores.figure(n)) for n in ("tp", "fp", "tn", "fn")})


def confusion_of_paper() -> Markup:
    """The paper's counts."""
    counts = {n: str(getattr(paper.COUNTS, n)) for n in ("tp", "fp", "tn", "fn")}
    return _matrix(Markup("paper ({})").format(LEAKY), counts)


def _matrix(title: str, counts: dict[str, str]) -> Markup:
    """Reference in rows, prediction in columns."""
    return filled("matrix.html.j2", title=title, **counts)


def classification_matrix(scores: Scores) -> Markup:
    """Recall, precision and F1 per class, ours above the paper's."""
    names = {
        "tumour": ("recall", "precision", "f1"),
        "no tumour": ("specificity", "precision_negative", "f1_negative"),
    }
    ours = [
        (f"ours, {label}", *(_with_interval(scores.figure(n)) for n in columns))
        for label, columns in names.items()
    ]
    theirs = [
        (
            Markup("paper, {} ({})").format(label, LEAKY),
            *_of_counts(paper.COUNTS.for_class(label == "tumour")),
        )
        for label in names
    ]
    return table(("class", "recall", "precision", "F1"), [*ours, *theirs])


def _with_interval(figure: Figure) -> Markup:
    return Markup("{} {}").format(value_of(figure), _interval(figure))


def _of_counts(counts: ConfusionCounts) -> tuple[str, str, str]:
    return number(counts.recall), number(counts.precision), number(counts.f1)


def beside_the_paper(scores: Scores, leaky: bool) -> str:
    """Every figure the paper gives, beside ours."""
    counts = paper.COUNTS
    low, high = paper.RECALL_INTERVAL
    total = scores.slices.counts.total // max(scores.draws, 1)
    each = " in each draw" if scores.draws else ""
    given: list[tuple[str, str, str]] = [
        ("Slices in the test set", str(paper.SLICES), f"{total}{each}"),
        *(
            (CONVENTIONS[n].title, str(getattr(counts, n)), _with_interval(scores.figure(n)))
            for n in ("tp", "tn", "fn", "fp")
        ),
        (
            CONVENTIONS["recall"].title,
            f"{counts.recall:.3f} [{low:.2f}, {high:.2f}]",
            _ours(scores, "recall"),
        ),
        (CONVENTIONS["precision"].title, number(counts.precision), _ours(scores, "precision")),
        (CONVENTIONS["f1"].title, number(counts.f1), _ours(scores, "f1")),
        (
            Markup("Mean IoU, read as <code>iou_hits</code>"),
            number(paper.MEAN_IOU),
            _ours(scores, "iou_hits"),
        ),
        (
            Markup("Mean IoU, read as <code>iou_positive</code>"),
            "same figure",
            _ours(scores, "iou_positive"),
        ),
        (
            Markup("Mean IoU, read as <code>box_iou_hits</code>"),
            "same figure",
            _ours(scores, "box_iou_hits"),
        ),
    ]
    head = (
        "",
        Markup("paper ({})").format(LEAKY),
        Markup("ours ({})").format(LEAKY) if leaky else "ours",
    )
    return table(head, given)


def _ours(scores: Scores, name: str) -> str:
    return _with_interval(scores.figure(name))


def worst_cases(scores: Scores) -> Markup:
    """Patients by volume Dice, worst first."""
    rows: list[tuple[str, ...]] = []
    for p in sorted(scores.patients, key=lambda p: (p.dice, p.study_id)):
        counts = p.slices.counts
        error = NONE if p.volume_error is None else f"{100 * p.volume_error:+.0f} %"
        rows.append(
            (
                p.study_id,
                number(p.dice),
                f"{counts.tp} / {counts.tp + counts.fn}",
                str(counts.fp),
                str(p.reference_volume),
                error,
                number(p.hd95_px, 1),
                f"{p.lesions.found} / {p.lesions.found + p.lesions.missed}",
                str(p.lesions.false),
            )
        )
    head = ("study", "Dice", "slices found", "false slices", "volume, voxels", "volume error")
    return table((*head, "HD95, px", "lesions found", "false lesions"), rows)


def missed(rows: Sequence[dict[str, object]], limit: int) -> str:
    """The missed slices with the largest tumour."""
    cells = [(str(r["slice"]), str(r["area_px"]), f"{r['probability']:.3f}") for r in rows[:limit]]
    return table(("slice", "tumour area, px", "probability"), cells)
