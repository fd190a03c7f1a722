"""What the metadata tell is what MONAI's schema asks for, and what the bundle is.

The schema is meta_schema_20240725.json of release 0.8.1 of Project-MONAI/MONAI-extra-test-data
(also https://project-monai.github.io/schema/): what it requires stands here.
"""

from dataclasses import replace

import pytest

from glioscope.model.bundle import CARD, load_model, shipped_model
from glioscope.model.plan import Plan
from glioscope.study import CHANNELS
from glioscope.training.export.monai.inference import inference
from glioscope.training.export.monai.metadata import metadata
from glioscope.training.export.monai.readme import readme

REQUIRED = (
    *("schema", "version", "monai_version", "pytorch_version", "numpy_version"),
    *("required_packages_version", "task", "description", "authors", "copyright"),
    "network_data_format",
)
OF_TENSOR = {
    "type": str,
    "format": str,
    "num_channels": int,
    "spatial_shape": list,
    "dtype": str,
    "value_range": list,
}
OBJECTS = ("changelog", "required_packages_version", "eval_metrics")


@pytest.fixture(scope="module")
def told():
    card = (shipped_model() / CARD).read_text(encoding="utf-8")
    return metadata(load_model().plan, card, has_presence=True)


def test_what_the_schema_requires_is_there(told) -> None:
    assert set(REQUIRED) <= set(told) and told["schema"].endswith("meta_schema_20240725.json")
    for name, value in told.items():
        kind = dict if name in OBJECTS else list if name == "references" else str
        assert name == "network_data_format" or isinstance(value, kind), name
    format = told["network_data_format"]
    tensors = [one for part in format.values() for one in part.values()]
    assert set(format) == {"inputs", "outputs", "post_processed_outputs"} and len(tensors) == 5
    for tensor in tensors:
        assert all(isinstance(tensor[name], kind) for name, kind in OF_TENSOR.items())


def test_channels_are_named_in_the_order_of_the_network(told) -> None:
    slices = told["network_data_format"]["inputs"]["slices"]
    plan = load_model().plan
    names = list(slices["channel_def"].values())
    assert slices["num_channels"] == len(names) == plan.input_channels
    assert slices["spatial_shape"] == [plan.size, plan.size] and slices["value_range"] == [0, 4]
    assert slices["spacing_mm"] == [1.25, 1.25]
    assert names[:4] == [
        *(f"{channel.value}, slice 1 below" for channel in CHANNELS),
        "T1, the slice itself",
    ]


def test_data_scores_references_and_licence_are_those_of_the_card(told) -> None:
    assert told["eval_metrics"]["dice_mean"] == 0.8422 and told["eval_metrics"]["tp"] == 1120
    assert "recall/size=<200 px" not in told["eval_metrics"]
    assert told["data_source"].startswith("90 patients") and "Every patient" in told["data_source"]
    assert told["references"] == [
        "https://doi.org/10.1016/j.compbiomed.2019.05.002",
        "https://doi.org/10.1007/s11060-017-2420-1",
    ]
    assert "CC BY-NC-SA 4.0" in told["license"]
    assert "Not a medical device" in told["intended_use"]


def test_a_bare_card_leaves_gaps_and_no_lies() -> None:
    plan = replace(Plan("toy", "1", 64), context=0)
    told = metadata(plan, "# toy\n", has_presence=False)
    assert told["data_source"] == "See docs/card.md" and told["references"] == []
    assert list(told["network_data_format"]["outputs"]) == ["mask"]
    assert told["network_data_format"]["inputs"]["slices"]["num_channels"] == 3


def test_classes_are_named_and_left_where_they_are() -> None:
    plan = replace(Plan("toy", "1", 64), classes=("edema", "core"))
    told = metadata(plan, "# toy\n", has_presence=True)["network_data_format"]
    assert told["outputs"]["classes"]["channel_def"]["1"] == "core, where there is tumour"
    assert list(told["post_processed_outputs"]) == ["pred", "mask"]
    assert inference(plan, has_presence=True)["outputs"] == ["mask", "presence"]
    page = readme(plan, "# toy\n", has_presence=True)
    assert "`classes`, (b, 64, 64, 2)" in page and "edema, core. This configuration" in page
    assert "classes" not in readme(replace(plan, classes=()), "# toy\n", has_presence=True)
