"""The configuration by which MONAI runs the network: its own transforms as far as they go.

What they do not know stands in expressions: intensities by the head's median, neighbouring slices
as channels, the network in ONNX Runtime. PyTorch holds arrays and computes nothing of the network.
"""

from typing import Any

from glioscope.model.bundle import WEIGHTS
from glioscope.model.plan import Plan

KEYS = ("t1", "flair", "t1gd")
# As `glioscope.model.preprocess.intensity_scale`; `$` begins an expression of MONAI's, `@` names
# another entry.
_LEVELS = (
    "$lambda x: (lambda low, high: ((x - low) / (float(np.median(np.asarray("
    "x[x > low + 0.2 * (high - low)]))) - low)).clip(0, @clip))"
    "(*np.percentile(np.asarray(x), (2, 98)).tolist())"
)
# (sequence, left, posterior, superior) to (slice, row, column, sequence).
_PLANES = "$lambda x: np.ascontiguousarray(np.asarray(x, dtype=np.float32).transpose(3, 2, 1, 0))"
_STEP = "$lambda x: max(1, round(@context_mm / float(x.pixdim[2])))"
_STACK = (
    "$lambda planes, step: np.moveaxis(planes[np.clip(np.arange(len(planes))[:, None] + "
    "np.arange(-@context, @context + 1) * step, 0, len(planes) - 1)], 1, 3)"
    ".reshape(*planes.shape[:3], -1)"
)
_ASK = (
    "$lambda slices: [np.concatenate(parts) for parts in zip(*(@session.run(@outputs, "
    "{'slices': np.ascontiguousarray(slices[n : n + 1])}) for n in range(len(slices))))]"
)
_BOTH = (
    "$lambda slices: (lambda one, other: ((one[0] + other[0][:, :, ::-1]) / 2, "
    "(one[1] + other[1]) / 2))(@ask(slices), @ask(slices[:, :, ::-1]))"
)
_CALLED = (
    "$lambda p: @calibration_scale * np.log(p / (1 - p)) + @calibration_bias "
    ">= np.log(@presence_threshold / (1 - @presence_threshold))"
)
# And back again, as a tensor that knows where it lies.
_BACK = (
    "$lambda planes, like: like.clone().copy_("
    "torch.from_numpy(planes.transpose(3, 2, 1, 0).copy()))"
)
_ANSWER = (
    "$lambda one: (lambda mask, presence: {**one, 'pred': @back(mask, one['flair']), "
    "'mask': @back((mask >= @pixel_threshold) & @called(np.clip(presence, 1e-6, 1 - 1e-6))"
    "[:, :, None, None], one['flair'])})"
    "(*@both(@stack(@planes(one['image']), @step(one['flair']))))"
)


def inference(plan: Plan, *, has_presence: bool) -> dict[str, Any]:
    """What `configs/inference.json` holds.

    A folder of `dataset_dir` is a study: `flair.nii.gz`, and beside it `t1.nii.gz` and
    `t1gd.nii.gz` where they are there. `output_dir` gets a probability and a mask for each.
    """
    return {
        "imports": [
            "$import os",
            "$from pathlib import Path",
            "$import numpy as np",
            "$import onnxruntime",
            "$import torch",
        ],
        "bundle_root": ".",
        "dataset_dir": "$@bundle_root + '/data'",
        "output_dir": "$@bundle_root + '/eval'",
        "device": "$torch.device('cpu')",
        **_plan(plan),
        "studies": "$sorted(p.parent for p in Path(@dataset_dir).glob('*/flair.nii.gz'))",
        # FLAIR stands in for what is missing, as in training.
        "datalist": "$[{key: str(next(f for f in (folder / (key + '.nii.gz'), folder / "
        "'flair.nii.gz') if f.is_file())) for key in ('flair', 't1', 't1gd')} "
        "for folder in @studies]",
        "network_def": f"$@bundle_root + '/models/{WEIGHTS}'",
        "session": "$onnxruntime.InferenceSession(@network_def, "
        "providers=['CPUExecutionProvider'])",
        "outputs": ["mask", "presence"] if has_presence else ["mask"],
        "levels": _LEVELS,
        "planes": _PLANES,
        "step": _STEP,
        "stack": _STACK,
        "ask": _ASK if has_presence else _without_presence(),
        "both": _BOTH if plan.flip else "$@ask",
        "called": _CALLED,
        "back": _BACK,
        "inferer": _ANSWER,
        "preprocessing": {"_target_": "Compose", "transforms": _preprocessing()},
        "dataset": {
            "_target_": "Dataset",
            "data": "@datalist",
            "transform": "@preprocessing",
        },
        "postprocessing": {"_target_": "Compose", "transforms": _postprocessing()},
        "run": ["$[@postprocessing(@inferer(one)) for one in @dataset]"],
    }


def _plan(plan: Plan) -> dict[str, Any]:
    names = ("size", "pixel_mm", "context", "context_mm", "clip")
    decided = ("pixel_threshold", "presence_threshold", "calibration_scale", "calibration_bias")
    return {name: getattr(plan, name) for name in (*names, *decided)}


def _without_presence() -> str:
    """Of a network without a slice output the largest pixel stands for its slice."""
    begin, end = _ASK.removeprefix("$").split(": ", 1)
    return f"${begin}: (lambda mask: [mask, mask.max(axis=(1, 2))])(*({end}))"


def _preprocessing() -> list[dict[str, Any]]:
    keys = ["flair", "t1", "t1gd"]
    return [
        {"_target_": "LoadImaged", "keys": keys, "ensure_channel_first": True},
        {
            "_target_": "ResampleToMatchd",
            "keys": ["t1", "t1gd"],
            "key_dst": "flair",
            "mode": "bilinear",
        },
        {"_target_": "Orientationd", "keys": keys, "axcodes": "LPS", "labels": None},
        {"_target_": "Lambdad", "keys": keys, "func": "@levels"},
        {
            "_target_": "Spacingd",
            "keys": keys,
            "pixdim": ["@pixel_mm", "@pixel_mm", -1],
            "mode": "bilinear",
        },
        {"_target_": "ResizeWithPadOrCropd", "keys": keys, "spatial_size": ["@size", "@size", -1]},
        {"_target_": "ConcatItemsd", "keys": [*KEYS], "name": "image"},
    ]


def _postprocessing() -> list[dict[str, Any]]:
    saved = {
        "_target_": "SaveImaged",
        "output_dir": "@output_dir",
        # Each study's files lie in a folder called after its own.
        "data_root_dir": "@dataset_dir",
        "separate_folder": False,
        "resample": False,
    }
    return [
        {
            "_target_": "Invertd",
            "keys": ["pred", "mask"],
            "transform": "@preprocessing",
            "orig_keys": ["flair", "flair"],
            "nearest_interp": [False, True],
            "to_tensor": True,
        },
        {**saved, "keys": "pred", "output_postfix": "probability"},
        {**saved, "keys": "mask", "output_postfix": "mask", "output_dtype": "$np.uint8"},
    ]
