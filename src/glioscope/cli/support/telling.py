"""What an analysis says of itself, on stderr."""

from typing import TYPE_CHECKING

from glioscope.cli.support.console import Notices
from glioscope.texts.message import message

if TYPE_CHECKING:
    from glioscope.analysis import Analysis


def tell(analysis: "Analysis", notices: Notices) -> None:
    """Its warnings, and how long each step took."""
    study = analysis.study.study_id
    for warning in analysis.warnings:
        notices.warning(warning, about=study)
    steps = (
        message("cli.step", step=step, seconds=seconds)
        for step, seconds in analysis.timings_s.items()
    )
    notices.detail(", ".join(map(notices.say, steps)), about=study)
