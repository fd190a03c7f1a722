"""What is measured on a reader's outline, and what is left out because only a model can know it."""

import pytest

from glioscope.analysis_parts import ModelInfo
from glioscope.errors import InvalidImage
from glioscope.outlined import analysis_of_outline
from glioscope.volume import Mask, volume_ml
from glioscope.writing.report.conclusion import conclusion
from glioscope.writing.wording import wording
from phantoms import analysis_for, ball_mask, box_mask, grid_of, nominal_grid, study_for

MODEL = ModelInfo("toy", "1", "ab" * 32)
GRID = grid_of("oblique")
MASK = ball_mask(GRID, (0.0, 1.0, 2.0), 5.0)
NOTHING = Mask(MASK.array & False, GRID)


def test_figures_are_those_of_the_same_mask_of_the_model() -> None:
    ours, models = analysis_of_outline(study_for(MASK), MASK, "reader"), analysis_for(MASK)
    assert ours.volume_ml == models.volume_ml == pytest.approx(volume_ml(MASK))
    [one], [other] = ours.findings, models.findings
    for name in ("voxels", "diameter_mm", "perpendicular_mm", "product_mm2", "areas_px", "label"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.side in ("left", "right", "both")
    assert [s.decision for s in ours.slices] == [s.decision for s in models.slices]
    assert (ours.labels == models.labels).all()


def test_nothing_that_only_a_model_knows_is_told() -> None:
    found = analysis_of_outline(study_for(MASK), MASK, "reader and model", MODEL)
    document = found.to_dict()
    assert document["author"] == "reader and model" and document["model"]["name"] == "toy"
    silent = ("probability", "threshold", "miss_rate", "expected_dice", "review", "quality")
    silent += ("volume_interval", "product_interval", "interval_coverage", "plan_sha256")
    assert [document[name] for name in silent] == [None] * len(silent)
    assert "classes" not in document and found.classes is None
    assert document["possible_misses"] == [] and found.voxel_probability is None
    assert {s["probability"] for s in document["slices"]} == {None}
    assert [(f["confidence"], f["intervals"]) for f in document["findings"]] == [(None, None)]


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_conclusions_say_who_outlined_what(lang: str) -> None:
    def said(mask: Mask, author="reader", model=None) -> str:
        study = study_for(MASK)
        return conclusion(analysis_of_outline(study, mask, author, model), wording(lang))

    who = {"en": "reader", "ru": "врач"}[lang]
    assert who in said(MASK).lower() and who in said(NOTHING).lower()
    assert "toy 1" in said(MASK, "reader and model", MODEL) and "toy" not in said(MASK)
    assert said(NOTHING, "nobody") == "", "nobody has looked yet"


def test_without_spacing_there_are_no_millilitres() -> None:
    mask = box_mask(nominal_grid(), (4, 4, 4), (9, 9, 7))
    found = analysis_of_outline(study_for(mask, kind="pictures"), mask, "reader")
    assert found.volume_ml is None and found.findings[0].volume_ml is None
    assert "pipeline.no_spacing" in {warning.code for warning in found.warnings}


def test_pictures_that_show_nothing_are_refused() -> None:
    study = study_for(MASK)
    for image in study.images.values():
        image.array[:] = 1.0
    with pytest.raises(InvalidImage):
        analysis_of_outline(study, MASK, "reader")
