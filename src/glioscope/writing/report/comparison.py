"""The comparison of two studies as a section of a report, and as the lines of a table."""

from glioscope.followup.comparison import Change, Comparison, Measured
from glioscope.writing.report.blocks import Block, Facts, Prose, Section, Table
from glioscope.writing.wording import Wording, span

_WIDTHS = (46, 44, 44, 44)
_DIGITS = {"ml": 2, "mm": 1, "px": 1, "voxels": 0, "mm2": 0, "px2": 0}


def comparison_section(comparison: Comparison, words: Wording) -> Section:
    """What changed, the RANO class, and what speaks against taking it at its word."""
    blocks: list[Block] = [
        Prose(class_of_change(comparison, words), "strong"),
        Facts(
            (
                (words("compare.earlier"), comparison.earlier_id),
                (words("compare.later"), comparison.later_id),
            )
        ),
        Table(titles(words), rows(comparison, words), _WIDTHS),
    ]
    blocks += [Prose(f"• {words.say(warning)}") for warning in comparison.warnings]
    notes = (words("compare.explained"), error_note(comparison, words))
    blocks += [Prose(note, "faint", small=True) for note in notes]
    return Section(words("compare.title"), tuple(blocks))


def class_of_change(comparison: Comparison, words: Wording) -> str:
    """The class in words; a change within the measurement error is called that first."""
    if comparison.response is None:
        return words("compare.no_class")
    name = words(f"response.{comparison.response}")
    if comparison.within_error and comparison.response != "stable disease":
        return words("compare.within", response=name)
    return words("compare.class", response=name)


def error_note(comparison: Comparison, words: Wording) -> str:
    """What the intervals mean, or that there are none."""
    if comparison.coverage is None:
        return words("compare.no_error")
    return words("compare.error", coverage=words.number(100 * comparison.coverage))


def titles(words: Wording) -> tuple[str, ...]:
    """Heads of the columns of `rows`."""
    return tuple(words(f"compare.{name}") for name in ("figure", "earlier", "later", "change"))


def rows(comparison: Comparison, words: Wording) -> tuple[tuple[str, ...], ...]:
    """One row per figure, and the number of lesions."""
    lesions = tuple(str(count) for count in comparison.lesions)
    return (*(_row(c, words) for c in comparison.changes), (words("compare.lesions"), *lesions, ""))


def _row(change: Change, words: Wording) -> tuple[str, ...]:
    name = words(f"compare.{change.name}")
    earlier, later = (_figure(f, change.unit, words) for f in (change.earlier, change.later))
    return name, earlier, later, _percent(change, words)


def _figure(figure: Measured, unit: str, words: Wording) -> str:
    digits = _DIGITS[unit]
    text = words.measure(figure.value, unit, digits)
    if figure.interval is None:
        return text
    ends = (words.number(end, digits) for end in figure.interval)
    return f"{text}\n({span(*ends)})"


def _percent(change: Change, words: Wording) -> str:
    if change.percent is None:
        return "–"
    text = words.percent(change.percent)
    if change.percent_interval:
        low, high = (words.percent(end) for end in change.percent_interval)
        text += "\n" + words("compare.range", low=low, high=high)
    return f"{text}\n{words('compare.inside')}" if change.within_error else text
