"""Figures as text and HTML tables; everything that comes from outside is escaped."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from glioscope.evaluation.metrics import ConfusionCounts
from glioscope.evaluation.metrics.conventions import CONVENTIONS
from glioscope.evaluation.scores import published as paper
from glioscope.evaluation.scores.figure import SPREAD, Figure, Scores

LEAKY = '<strong class="leaky">leaky</strong>'
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
) -> str:
    """An HTML table of cells that are HTML already; columns in `text` stand to the left."""
    left = {0, *text}

    def cell(tag: str, index: int, content: str) -> str:
        kind = ' class="text"' if index in left else ""
        return f"<{tag}{kind}>{content}</{tag}>"

    def row(tags: Sequence[str], cells: Sequence[str]) -> str:
        pairs = enumerate(zip(tags, cells, strict=True))
        return f"<tr>{''.join(cell(tag, i, content) for i, (tag, content) in pairs)}</tr>"

    width = len(head)
    title = f"<caption>{caption}</caption>" if caption else ""
    body = "".join(row(["th", *["td"] * (width - 1)], cells) for cells in rows)
    return f"<table>{title}<thead>{row(['th'] * width, head)}</thead><tbody>{body}</tbody></table>"


def figure_cells(figure: Figure, drawn: bool) -> tuple[str, str, str]:
    """Value, interval and n, which counts draws where there are any."""
    of = "draws" if drawn else CONVENTIONS[figure.name].of
    interval = f'<span class="interval">{interval_of(figure)}</span>'
    return value_of(figure), interval, f"{figure.n} {of}"


def all_figures(scores: Scores) -> str:
    """Every overall figure; for draws with the standard deviation over them."""
    drawn = scores.draws > 0
    spread = {f.name: f for f in scores.figures if f.group == SPREAD}

    def cells(figure: Figure) -> tuple[str, ...]:
        value, interval, n = figure_cells(figure, drawn)
        between = (number(spread[figure.name].value),) if drawn else ()
        return escape(CONVENTIONS[figure.name].title), value, *between, interval, n

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
        figure = scores.figure(f"{name}/{group}")
        return f'{value_of(figure)} <span class="interval">{interval_of(figure)}</span>'

    def count(group: str) -> str:
        return str(scores.figure(f"recall/{group}").n)

    rows = [(escape(g.partition("=")[2]), count(g), *(cell(c, g) for c in columns)) for g in names]
    titles = [escape(CONVENTIONS[c].title) for c in columns]
    return table((kind, "positive slices", *titles), rows)


def drops(figures: Sequence[Figure]) -> str:
    """Every drop, one row each; empty without any."""
    if not figures:
        return ""
    rows = ((escape(title_of(f)), *figure_cells(f, drawn=False)) for f in figures)
    return table(("drop", "value", "95 % interval", "n"), rows)


def iou_conventions(scores: Scores, names: Sequence[str]) -> str:
    """All IoU side by side, each with what it means."""
    rows: list[tuple[str, ...]] = []
    for name in names:
        cells = figure_cells(scores.figure(name), scores.draws > 0)
        rows.append((f"<code>{name}</code>", *cells, escape(CONVENTIONS[name].text)))
    return table(("IoU", "value", _interval_title(scores), "n", "convention"), rows, text=(4,))


def confusion_matrix(title: str, tp: str, fp: str, tn: str, fn: str) -> str:
    """Reference in rows, prediction in columns."""
    return (
        f'<table class="matrix"><caption>{title}</caption><thead><tr><th></th>'
        "<th>called tumour</th><th>called no tumour</th></tr></thead><tbody>"
        f'<tr><th>tumour</th><td class="right">{tp}<small>TP</small></td>'
        f'<td class="wrong">{fn}<small>FN, missed</small></td></tr>'
        f'<tr><th>no tumour</th><td class="wrong">{fp}<small>FP</small></td>'
        f'<td class="right">{tn}<small>TN</small></td></tr></tbody></table>'
    )


def classification_matrix(scores: Scores) -> str:
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
        (f"paper, {label} ({LEAKY})", *_of_counts(paper.COUNTS.for_class(label == "tumour")))
        for label in names
    ]
    return table(("class", "recall", "precision", "F1"), [*ours, *theirs])


def _with_interval(figure: Figure) -> str:
    return f'{value_of(figure)} <span class="interval">{interval_of(figure)}</span>'


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
            "Mean IoU, read as <code>iou_hits</code>",
            number(paper.MEAN_IOU),
            _ours(scores, "iou_hits"),
        ),
        (
            "Mean IoU, read as <code>iou_positive</code>",
            "same figure",
            _ours(scores, "iou_positive"),
        ),
        (
            "Mean IoU, read as <code>box_iou_hits</code>",
            "same figure",
            _ours(scores, "box_iou_hits"),
        ),
    ]
    head = ("", f"paper ({LEAKY})", f"ours ({LEAKY})" if leaky else "ours")
    return table(head, given)


def _ours(scores: Scores, name: str) -> str:
    return _with_interval(scores.figure(name))


def worst_cases(scores: Scores) -> str:
    """Patients by volume Dice, worst first."""
    rows: list[tuple[str, ...]] = []
    for p in sorted(scores.patients, key=lambda p: (p.dice, p.study_id)):
        counts = p.slices.counts
        error = NONE if p.volume_error is None else f"{100 * p.volume_error:+.0f} %"
        rows.append(
            (
                escape(p.study_id),
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
    cells = [
        (escape(str(r["slice"])), str(r["area_px"]), f"{r['probability']:.3f}")
        for r in rows[:limit]
    ]
    return table(("slice", "tumour area, px", "probability"), cells)
