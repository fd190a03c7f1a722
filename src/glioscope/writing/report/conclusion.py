"""The result in two or three sentences, to be copied into a report of one's own."""

from glioscope.analysis import Analysis
from glioscope.analysis_parts import Finding
from glioscope.writing.report import lines
from glioscope.writing.report.slice_labels import slice_label
from glioscope.writing.wording import NBSP, Wording


def conclusion(analysis: Analysis, words: Wording) -> str:
    """What was found where and how large, and what the model cannot tell."""
    if analysis.author != "model":
        return _of_reader(analysis, words)
    if not analysis.lesions:
        said = [words("conclusion.none"), *lines.miss_rate_lines(analysis, words)]
        return " ".join([*said, words("decision.none")])
    count, volume = len(analysis.lesions), lines.volume_text(analysis, words)
    largest = _lesion(analysis.lesions[0], analysis, words)
    typical = analysis.decision == "tumour"
    number = "one" if count == 1 else "several"
    code = f"conclusion.{number}" if typical else f"conclusion.atypical_{number}"
    said = [words(code, count=count, volume=volume, lesion=largest)]
    if analysis.specks:
        said.append(words("conclusion.specks", count=len(analysis.specks)))
    return " ".join([*said, words("decision.alike" if typical else "decision.look")])


def _of_reader(analysis: Analysis, words: Wording) -> str:
    """What a reader outlined, and that it was he; nothing where nobody has."""
    if analysis.author == "nobody":
        return ""
    by = lines.author_line(analysis, words)
    if not analysis.lesions:
        return f"{words('reader.none')} {by}"
    values = {
        "count": len(analysis.lesions),
        "volume": lines.volume_text(analysis, words),
        "lesion": _lesion(analysis.lesions[0], analysis, words),
    }
    said = words("reader.one" if len(analysis.lesions) == 1 else "reader.several", **values)
    return f"{said} {by}"


def _lesion(finding: Finding, analysis: Analysis, words: Wording) -> str:
    """Place and diameters, and the slice that they were measured on."""
    image = slice_label(analysis, finding.diameter_slice, words)
    size = lines.finding_diameters(finding, words).replace(" × ", f"{NBSP}×{NBSP}")
    parts = [size, image]
    place = lines.place(finding, words)
    return ", ".join([*([place] if place else []), *parts])
