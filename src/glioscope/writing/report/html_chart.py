"""The chart of slice probabilities as a drawing inside the page."""

from html import escape

from glioscope.analysis import Analysis
from glioscope.writing.wording import Wording

# Units of the drawing; the page scales it.
_WIDTH, _HEIGHT, _LEFT, _BELOW = 900.0, 140.0, 40.0, 22.0


def chart(analysis: Analysis, words: Wording) -> str:
    """Bars of slice probability with the threshold as a dashed line, and what the colours mean."""
    parts = [
        f'<rect class="ground" x="{_LEFT:g}" width="{_WIDTH - _LEFT:g}" height="{_HEIGHT:g}"/>'
    ]
    parts += _bars(analysis)
    for level in (0.0, 0.5, 1.0):
        y = _HEIGHT * (1 - level) + (9 if level == 1 else 0 if level == 0 else 4)
        parts.append(
            f'<text x="{_LEFT - 6:g}" y="{y:g}" class="end">{words.number(level, 1)}</text>'
        )
    parts += _axis(len(analysis.slices))
    legend = [("called", words("chart.called")), ("second", words("chart.second_look"))]
    if analysis.threshold is not None:
        y = _HEIGHT * (1 - analysis.threshold)
        parts.append(f'<line x1="{_LEFT:g}" x2="{_WIDTH:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
        value = words.number(analysis.threshold, 3)
        legend.append(("line", words("chart.threshold", threshold=value)))
    keys = "".join(f'<span class="{kind}">{escape(text)}</span>' for kind, text in legend)
    title = escape(words("chart.title"))
    box = f"0 0 {_WIDTH:g} {_HEIGHT + _BELOW:g}"
    drawing = f'<svg viewBox="{box}" role="img" aria-label="{title}">{"".join(parts)}</svg>'
    axis = escape(words("chart.axis"))
    return f'{drawing}\n<p class="legend"><span class="axis">{axis}</span>{keys}</p>'


def _bars(analysis: Analysis) -> list[str]:
    second_look = {miss.index for miss in analysis.possible_misses}
    step = (_WIDTH - _LEFT) / len(analysis.slices)
    bars = []
    for finding in analysis.slices:
        called = finding.decision == "tumour"
        kind = "called" if called else "second" if finding.index in second_look else "bar"
        # A hair stays visible at 0, so that every slice is seen to have been read.
        tall = max(1.5, finding.probability * _HEIGHT)
        x = _LEFT + (finding.index + 0.1) * step
        place = f'x="{x:.1f}" y="{_HEIGHT - tall:.1f}" width="{0.8 * step:.1f}" height="{tall:.1f}"'
        bars.append(f'<rect class="{kind}" {place}/>')
    return bars


def _axis(count: int) -> list[str]:
    step = (_WIDTH - _LEFT) / count
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * step >= 28)
    numbers = [n for n in range(1, count + 1) if n == 1 or n % every == 0]
    y = _HEIGHT + 15
    return [
        f'<text x="{_LEFT + (n - 0.5) * step:.1f}" y="{y:g}" class="middle">{n}</text>'
        for n in numbers
    ]
