"""What a person reads in a MONAI bundle: how to run it, and what its transforms do not express."""

from glioscope.model.plan import Plan
from glioscope.training.export.monai.metadata import (
    INTENDED_USE,
    MONAI,
    PYTORCH,
    channel_names,
    licence_of,
)

_README = """# {name} {version}

{use}

Outlines glioma on axial brain MRI: T1, FLAIR and T1 with contrast agent, either T1 may be missing.
The network is `models/model.onnx`, which ONNX Runtime runs; there is no `model.pt`, and PyTorch
computes nothing of it. [card.md](card.md) tells of training, scores and limits.

## To run it

```
pip install "monai[fire]=={monai}" torch=={torch} nibabel onnxruntime
python -m monai.bundle run --config_file configs/inference.json --dataset_dir DATA --output_dir OUT
```

in this folder. Each folder of DATA is a study: `flair.nii.gz`, and `t1.nii.gz` and `t1gd.nii.gz`
where they are there. OUT gets `STUDY/flair_probability.nii.gz` and `STUDY/flair_mask.nii.gz` on
FLAIR's grid.

## What goes in, and what comes out

Input `slices`: (b, {size}, {size}, {depth}) float32, channels last; rows to posterior, columns to
the patient's left, pixels of {pixel:g} mm; air 0, the median of the head 1, cut off at {clip:g}.
Channels:

{channels}

{outputs}

## What this configuration does as glioscope does

T1 and T1Gd onto FLAIR's grid; axial slices; intensities by the 2nd and 98th percentile and the
head's median; a square of {field:g} mm; neighbouring slices {distance:g} mm apart{mirror}; Platt's
scaling of each slice, and its threshold.

## What it does not

- MONAI's `Spacingd` interpolates where glioscope averages over the pixels that become one, and may
  place the square up to half a pixel aside.
- Outside of T1 and T1Gd the nearest voxel stands, and not air.
- Neighbouring slices do not lend each other probability, and the outline does not grow from its
  seeds: `docs/plan.json` holds the weights and thresholds of both ({decided}).
- No judgement of the input, no lesions, figures, intervals, possible misses, report or DICOM.
- Pictures without spacing (TIFF, PNG) are not read.

## Licence

{licence}
"""

_LICENSE = """The weights (models/model.onnx) and what was made of the data:

{licence}

The files under configs/ and docs/README.md were written by glioscope and are under the
Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0).

{use}
"""
_PRESENCE = """Outputs: `mask`, (b, {size}, {size}, 1), probability of tumour of each pixel, and
`presence`, (b, 1), that of each slice."""
_NO_PRESENCE = """Output: `mask`, (b, {size}, {size}, 1), probability of tumour of each pixel. The
largest of a slice stands for the slice."""
_CLASSES = """
A further output, `classes`, (b, {size}, {size}, {count}), tells how likely each class is where
there is tumour: {names}. This configuration does not ask for it, and writes the whole tumour
alone."""


def readme(plan: Plan, card: str, *, has_presence: bool) -> str:
    """The text of `docs/README.md`."""
    decided = ("pixel_smooth", "pixel_low", "min_area", "z_weight", "z_lift")
    outputs = _PRESENCE if has_presence else _NO_PRESENCE
    outputs += _CLASSES if plan.classes else ""
    return _README.format(
        name=plan.name,
        version=plan.version,
        use=f"**{INTENDED_USE}**",
        monai=MONAI,
        torch=PYTORCH,
        size=plan.size,
        depth=plan.input_channels,
        pixel=plan.pixel_mm,
        clip=plan.clip,
        channels="\n".join(f"{n}. {name}" for n, name in enumerate(channel_names(plan))),
        outputs=outputs.format(
            size=plan.size, count=len(plan.classes), names=", ".join(plan.classes)
        ),
        field=plan.field_of_view_mm,
        distance=plan.context_mm,
        mirror="; the mean with the mirrored slice" if plan.flip else "",
        decided=", ".join(f"`{name}`" for name in decided),
        licence=licence_of(card),
    )


def licence(card: str) -> str:
    """The text of `LICENSE`."""
    return _LICENSE.format(licence=licence_of(card), use=INTENDED_USE)
