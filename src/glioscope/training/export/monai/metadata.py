"""What the network takes and gives, and what it is for, in the words of MONAI's schema.

The schema is `meta_schema_20240725.json` of release 0.8.1 of Project-MONAI/MONAI-extra-test-data.
"""

import re
from itertools import product
from typing import Any

from glioscope.model.plan import Plan
from glioscope.study import CHANNELS

SCHEMA = (
    "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/"
    "meta_schema_20240725.json"
)
# With which the configuration was run; other releases may do.
MONAI, PYTORCH, NUMPY = "1.6.1", "2.13.0", "2.4.6"
PACKAGES = {"nibabel": "5.4.2", "onnxruntime": "1.32.0"}

INTENDED_USE = "Research use only. Not a medical device: no diagnosis may rest on its output."
_ROW = re.compile(r"^\| [^|]+ \| `([a-z0-9_]+)` \| (-?[0-9.]+) \|", re.MULTILINE)
_DOI = re.compile(r"\bdoi (10\.[^\s,;]+[^\s,;.])")
_DATA = re.compile(r"^- Data: (.+?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)


def metadata(plan: Plan, card: str, *, has_presence: bool) -> dict[str, Any]:
    """What `configs/metadata.json` holds; data, scores and references are those of the card."""
    data = _DATA.search(card)
    return {
        "schema": SCHEMA,
        "version": plan.version,
        "changelog": {plan.version: "exported from the glioscope bundle of this name and version"},
        "monai_version": MONAI,
        "pytorch_version": PYTORCH,
        "numpy_version": NUMPY,
        "required_packages_version": PACKAGES,
        "name": plan.name,
        "task": "Outline of glioma on axial brain MRI, slice by slice",
        "description": (
            "A 2.5D U-Net in ONNX that outlines the FLAIR abnormality of glioma on T1, FLAIR and "
            "T1 with contrast agent; either T1 may be missing. " + INTENDED_USE
        ),
        "authors": "Whoever trained it, with glioscope; see docs/card.md",
        "copyright": "See LICENSE",
        "license": licence_of(card),
        "data_source": " ".join(data[1].split()) if data else "See docs/card.md",
        "data_type": "nibabel",
        "image_classes": "MR magnitude: air 0, median of the head 1, cut off at the plan's clip",
        "label_classes": "1 is tumour (the FLAIR abnormality), 0 is everything else",
        "pred_classes": "one channel: probability of tumour of each pixel",
        "eval_metrics": {name: float(value) for name, value in _ROW.findall(card)},
        "intended_use": INTENDED_USE,
        "references": [f"https://doi.org/{doi}" for doi in dict.fromkeys(_DOI.findall(card))],
        "network_data_format": {
            "inputs": {"slices": _slices(plan)},
            "outputs": _outputs(plan, has_presence),
            "post_processed_outputs": _saved(),
        },
    }


def licence_of(card: str) -> str:
    """What the card says of the licence of the weights."""
    said = card.partition("## Licence")[2].strip()
    return " ".join(said.split()) or "Whoever trained it decides, within the terms of the data."


def channel_names(plan: Plan) -> list[str]:
    """What each channel of the input is: slices from below, and the sequences of each."""
    offsets = range(-plan.context, plan.context + 1)
    return [f"{channel.value}, {_which(k)}" for k, channel in product(offsets, CHANNELS)]


def _which(offset: int) -> str:
    if not offset:
        return "the slice itself"
    return f"slice {abs(offset)} {'below' if offset < 0 else 'above'}"


def _slices(plan: Plan) -> dict[str, Any]:
    names = channel_names(plan)
    return {
        **_tensor("magnitude", len(names), [plan.size, plan.size], [0, plan.clip]),
        "modality": "MR",
        "channel_def": {str(number): name for number, name in enumerate(names)},
        # Beyond the schema: what a program needs to know before it can use the above.
        "layout": "batch, row, column, channel; rows to posterior, columns to the patient's left",
        "spacing_mm": [plan.pixel_mm, plan.pixel_mm],
        "slice_distance_mm": plan.context_mm,
    }


def _outputs(plan: Plan, has_presence: bool) -> dict[str, Any]:
    mask = _tensor("probability", 1, [plan.size, plan.size], [0, 1])
    found = {"mask": {**mask, "channel_def": {"0": "tumour"}, "layout": "as the input"}}
    if has_presence:
        presence = _tensor("probability", 1, [], [0, 1]) | {"type": "probabilities"}
        found["presence"] = {**presence, "channel_def": {"0": "tumour in the slice"}}
    if plan.classes:
        shares = _tensor("probability", len(plan.classes), [plan.size, plan.size], [0, 1])
        named = {str(n): f"{name}, where there is tumour" for n, name in enumerate(plan.classes)}
        found["classes"] = {**shares, "channel_def": named, "layout": "as the input"}
    return found


def _saved() -> dict[str, Any]:
    volume = ["*", "*", "*"]
    return {
        "pred": _tensor("probability", 1, volume, [0, 1]) | {"channel_def": {"0": "tumour"}},
        "mask": _tensor("segmentation", 1, volume, [0, 1])
        | {"dtype": "uint8", "channel_def": {"0": "tumour"}},
    }


def _tensor(
    kind: str, channels: int, shape: list[int] | list[str], values: list[float]
) -> dict[str, Any]:
    return {
        "type": "image",
        "format": kind,
        "num_channels": channels,
        "spatial_shape": shape,
        "dtype": "float32",
        "value_range": values,
        "is_patch_data": False,
    }
