"""What a report says, and in which order: one source for the PDF and the HTML page."""

from glioscope.analysis import Analysis
from glioscope.followup.comparison import Comparison
from glioscope.writing.report import lines as summary
from glioscope.writing.report.blocks import Block, Chart, Content, Facts, Pictures, Prose, Section
from glioscope.writing.report.comparison import comparison_section, conclusion
from glioscope.writing.report.identity import Identity
from glioscope.writing.report.tables import findings_blocks, misses_blocks, slices_blocks
from glioscope.writing.slice_pictures import key_slices
from glioscope.writing.wording import Wording

_PICTURES = 4


def study_content(
    analysis: Analysis,
    words: Wording,
    identity: Identity = (),
    comparison: Comparison | None = None,
) -> Content:
    """The report of one study; `identity` stands first among its facts."""
    sections = [
        Section(words("study.title"), (_study(analysis, words, identity),)),
        Section(words("warnings.title"), _warnings(analysis, words)),
        Section(words("pictures.title"), _pictures(analysis, words)),
        Section(words("findings.title"), findings_blocks(analysis, words)),
        *([comparison_section(comparison, words)] if comparison else []),
        Section(words("chart.title"), (Chart(),)),
        Section(words("misses.title"), misses_blocks(analysis, words)),
        Section(words("slices.title"), slices_blocks(analysis, words)),
        Section(words("method.title"), _method(analysis, words)),
        Section(words("limits.title"), (Prose(words("limits.text")),)),
    ]
    return Content(
        title=words("report.title"),
        name=analysis.study.study_id,
        headline=words(f"decision.{analysis.decision}"),
        lines=_lines(analysis, words),
        alarm=analysis.decision == "tumour",
        sections=tuple(sections),
        analysis=analysis,
    )


def comparison_content(comparison: Comparison, words: Wording) -> Content:
    """The report of a comparison on its own."""
    sections = (
        comparison_section(comparison, words),
        Section(words("limits.title"), (Prose(words("limits.text")),)),
    )
    return Content(
        title=words("compare.report"),
        name=f"{comparison.earlier_id} → {comparison.later_id}",
        headline=conclusion(comparison, words),
        lines=(Prose(words("compare.one_patient"), "faint"),),
        alarm=comparison.response == "progression" and not comparison.within_error,
        sections=sections,
        analysis=None,
    )


def _lines(analysis: Analysis, words: Wording) -> tuple[Prose, ...]:
    """Below the headline: figures, operating point, and how far the model trusts itself."""
    lines = [Prose(summary.size_and_side(analysis, words))]
    if point := summary.point_line(analysis, words):
        lines.append(Prose(point, "faint", small=True))
    if analysis.decision == "no tumour":
        lines.append(Prose(words("decision.none"), "faint", small=True))
    tone = "alarm" if analysis.review else "plain"
    assessment = summary.assessment_lines(analysis, words)
    return (*lines, *(Prose(line, tone, small=True) for line in assessment))


def _study(analysis: Analysis, words: Wording, identity: Identity) -> Facts:
    who = tuple((words(f"identity.{name}"), value) for name, value in identity)
    return Facts(
        (
            *who,
            (words("study.id"), analysis.study.study_id),
            (words("study.source"), summary.source_text(analysis, words)),
            (words("study.sequences"), summary.sequences_text(analysis)),
            (words("study.slices"), summary.size_text(analysis, words)),
            (words("study.spacing"), summary.spacing_text(analysis, words)),
        )
    )


def _warnings(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    verdict = tuple(Prose(line) for line in summary.quality_lines(analysis, words))
    if not analysis.warnings:
        return (*verdict, Prose(words("warnings.none"), "faint"))
    return (*verdict, *(Prose(f"• {words.say(warning)}") for warning in analysis.warnings))


def _pictures(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    total = len(analysis.slices)
    shown: list[tuple[int, str]] = []
    for index in key_slices(analysis, _PICTURES):
        number = words("pictures.slice", number=index + 1, total=total)
        value = words.probability(analysis.slices[index].probability)
        shown.append((index, f"{number} · {value}"))
    key = "pictures.caption" if analysis.decision == "tumour" else "pictures.caption_none"
    return Pictures(tuple(shown)), Prose(words(key), "faint", small=True)


def _method(analysis: Analysis, words: Wording) -> tuple[Block, ...]:
    model = analysis.model
    facts = [
        (words("method.model"), f"{model.name}, {words('method.version', version=model.version)}"),
        (words("method.sha256"), model.sha256),
    ]
    if threshold := summary.threshold_text(analysis, words):
        facts.append((words("method.threshold"), threshold))
    software = ", ".join(f"{name} {value}" for name, value in sorted(analysis.versions.items()))
    return Prose(words("method.text")), Facts((*facts, (words("method.software"), software or "–")))
