"""What a report says, and in which order: one source for the PDF and the HTML page."""

from datetime import date

from glioscope.analysis import Analysis
from glioscope.followup.comparison import Comparison
from glioscope.writing.report import lines as summary
from glioscope.writing.report import study_facts
from glioscope.writing.report.blocks import Block, Chart, Content, Facts, Pictures, Prose, Section
from glioscope.writing.report.comparison import class_of_change, comparison_section
from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.report.identity import Identity
from glioscope.writing.report.slice_labels import slice_label
from glioscope.writing.report.tables import (
    class_blocks,
    findings_blocks,
    misses_blocks,
    slices_blocks,
)
from glioscope.writing.slice_pictures import key_slices
from glioscope.writing.wording import Wording

_PICTURES = 4


def study_content(
    analysis: Analysis,
    words: Wording,
    identity: Identity = (),
    comparison: Comparison | None = None,
    made: date | None = None,
) -> Content:
    """The report of one study; `identity` stands first among its facts, `made` is its own day."""
    sections = [
        Section(words("conclusion.title"), (Prose(conclusion(analysis, words)),)),
        Section(words("study.title"), (_study(analysis, words, identity, made),)),
        Section(words("warnings.title"), _warnings(analysis, words)),
        Section(words("pictures.title"), _pictures(analysis, words)),
        Section(words("findings.title"), findings_blocks(analysis, words)),
        *_classes(analysis, words),
        *([comparison_section(comparison, words)] if comparison else []),
        *(_of_the_model(analysis, words) if analysis.author == "model" else ()),
        Section(words("slices.title"), slices_blocks(analysis, words)),
        Section(words("method.title"), _method(analysis, words)),
        Section(words("limits.title"), (Prose(words(_by("limits.text", analysis))),)),
    ]
    return Content(
        title=words("report.title"),
        name=analysis.study.study_id,
        headline=summary.headline(analysis, words),
        lines=_lines(analysis, words),
        alarm=analysis.decision == "tumour",
        sections=tuple(sections),
        analysis=analysis,
    )


def _classes(analysis: Analysis, words: Wording) -> tuple[Section, ...]:
    """What the tumour is made of, where the model tells classes apart and something is outlined."""
    if analysis.classes is None or not analysis.findings:
        return ()
    return (Section(words("classes.title"), class_blocks(analysis.classes, words)),)


def _of_the_model(analysis: Analysis, words: Wording) -> tuple[Section, ...]:
    """What only the model can say of its own answer."""
    return (
        Section(words("chart.title"), (Chart(),)),
        Section(words("misses.title"), misses_blocks(analysis, words)),
    )


def _by(key: str, analysis: Analysis) -> str:
    """The key of a text that says another thing where a reader drew the outline."""
    return key if analysis.author == "model" else f"reader.{key}"


def comparison_content(comparison: Comparison, words: Wording) -> Content:
    """The report of a comparison on its own."""
    sections = (
        comparison_section(comparison, words),
        Section(words("limits.title"), (Prose(words("limits.text")),)),
    )
    return Content(
        title=words("compare.report"),
        name=f"{comparison.earlier_id} → {comparison.later_id}",
        headline=class_of_change(comparison, words),
        lines=(Prose(words("compare.one_patient"), "faint"),),
        alarm=comparison.response == "progression" and not comparison.within_error,
        sections=sections,
        analysis=None,
    )


def _lines(analysis: Analysis, words: Wording) -> tuple[Prose, ...]:
    """Below the headline: figures, operating point, and how far the model trusts itself."""
    lines = [Prose(summary.size_and_side(analysis, words))]
    if analysis.author != "model":
        return (*lines, Prose(summary.author_line(analysis, words), small=True))
    if analysis.basis:
        lines.append(Prose(words.say(analysis.basis.reason), small=True))
    if analysis.decision == "tumour":
        lines.append(Prose(words("decision.alike"), small=True))
    elif analysis.called:
        lines.append(Prose(words("decision.look"), small=True))
    else:
        told = (*summary.miss_rate_lines(analysis, words), words("decision.none"))
        lines += [Prose(line, small=True) for line in told]
    footnotes = summary.speck_lines(analysis, words)
    if point := summary.point_line(analysis, words):
        footnotes.append(point)
    lines += [Prose(line, "faint", small=True) for line in footnotes]
    tone = "alarm" if analysis.review else "plain"
    assessment = summary.assessment_lines(analysis, words)
    return (*lines, *(Prose(line, tone, small=True) for line in assessment))


def _study(analysis: Analysis, words: Wording, identity: Identity, made: date | None) -> Facts:
    who = tuple((words(f"identity.{name}"), value) for name, value in identity)
    rows = (
        ("study.id", analysis.study.study_id),
        ("study.scanned", study_facts.scanned_text(analysis, words)),
        ("study.made", words.day(made.year, made.month, made.day) if made else ""),
        ("study.source", study_facts.source_text(analysis, words)),
        ("study.field", study_facts.field_text(analysis, words)),
        ("study.sequences", study_facts.sequences_lines(analysis, words)),
        ("study.slices", study_facts.size_text(analysis, words)),
        ("study.spacing", study_facts.spacing_text(analysis, words)),
    )
    return Facts((*who, *((words(name), value) for name, value in rows if value)))


def _warnings(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    verdict = tuple(Prose(line) for line in summary.quality_lines(analysis, words))
    if not analysis.warnings:
        return (*verdict, Prose(words("warnings.none"), "faint"))
    return (*verdict, *(Prose(f"• {words.say(warning)}") for warning in analysis.warnings))


def _pictures(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    shown: list[tuple[int, str]] = []
    for index in key_slices(analysis, _PICTURES):
        value = analysis.slices[index].probability
        name = slice_label(analysis, index, words)
        shown.append((index, name if value is None else f"{name} · {words.probability(value)}"))
    key = "pictures.caption" if analysis.called else "pictures.caption_none"
    return Pictures(tuple(shown)), Prose(words(_by(key, analysis)), "faint", small=True)


def _method(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    facts: list[tuple[str, str]] = []
    if model := analysis.model:
        version = words("method.version", version=model.version)
        facts.append((words("method.model"), f"{model.name}, {version}"))
        facts.append((words("method.sha256"), model.sha256))
    if threshold := summary.threshold_text(analysis, words):
        facts.append((words("method.threshold"), threshold))
    software = ", ".join(f"{name} {value}" for name, value in sorted(analysis.versions.items()))
    return Prose(words(_by("method.text", analysis))), Facts(
        (*facts, (words("method.software"), software or "–"))
    )
