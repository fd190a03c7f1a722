# pyright: basic
# It speaks with Keras and tf2onnx, which carry no types.
"""Keras network to a bundle that inference can verify and run.

The way to ONNX is TensorFlow and tf2onnx: it folds batch normalisation into the convolutions, which
the exports of the other Keras backends do not.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from glioscope.errors import GlioscopeError, UsageError
from glioscope.model.bundle import (
    CARD,
    PATIENTS,
    PLAN,
    REFERENCE,
    WEIGHTS,
    load_model,
    write_hashes,
)
from glioscope.model.engine import ClassEngine, OnnxEngine
from glioscope.model.plan import Plan
from glioscope.model.reference import TrainingAppearance
from glioscope.model.training_patients import TrainingPatients
from glioscope.training.config import TrainConfig
from glioscope.training.network.keras_engine import KerasEngine
from glioscope.training.network.unet import build

if TYPE_CHECKING:
    import keras
    from onnx import ModelProto

PARITY = 1e-4
_OPSET = 17
# Smaller tensors (shapes, biases) save nothing and stay as they are.
_HALF_FROM = 1024


def to_onnx(config: TrainConfig, weights: Sequence[Path], *, half: bool = True) -> bytes:
    """The network as ONNX with float32 input and output.

    Several `weights` of the one configuration become one network that answers with the mean of
    theirs, so that inference needs nothing new for an ensemble.

    With `half` large weights are stored as float16 and widened when the model is loaded, which
    halves the file and costs nothing per slice.

    Raises:
        UsageError: Keras does not run on TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UsageError("training.export_backend")
    import tensorflow as tf
    import tf2onnx

    networks = load_networks(config, weights)
    signature = [tf.TensorSpec((None, *networks[0].input_shape[1:]), tf.float32, name="slices")]

    def mean(slices: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = [network(slices, training=False) for network in networks]
        if len(answers) == 1:
            return answers[0]
        return {name: tf.add_n([a[name] for a in answers]) / len(answers) for name in answers[0]}

    traced = tf.function(mean, input_signature=signature)
    proto, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=_OPSET)
    if half:
        _store_half(proto)
    return proto.SerializeToString()


def load_networks(config: TrainConfig, weights: Sequence[Path]) -> "list[keras.Model]":
    """One network per weights file, ready to answer."""
    networks = [build(config.network, config.size) for _ in weights]
    for network, path in zip(networks, weights, strict=True):
        network.load_weights(path)
    return networks


def _store_half(proto: "ModelProto") -> None:
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in proto.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _HALF_FROM:
            continue
        name = tensor.name
        stored = numpy_helper.from_array(values.astype(np.float16), f"{name}/half")
        tensor.CopyFrom(stored)
        casts.append(helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)


def parity(
    config: TrainConfig,
    weights: Sequence[Path],
    onnx_bytes: bytes,
    slices: Float32[np.ndarray, "b n n d"],
) -> float:
    """Largest absolute difference of any output between ONNX Runtime and the mean of Keras."""
    expected = KerasEngine(*load_networks(config, weights))
    got = OnnxEngine(onnx_bytes, config.plan())
    return largest_difference(expected, got, slices, config.plan())


def largest_difference(
    one: ClassEngine, other: ClassEngine, slices: Float32[np.ndarray, "b n n d"], plan: Plan
) -> float:
    """That of any output of two engines, classes among them where the plan has them."""
    answers = [e.with_classes(slices) if plan.classes else e(slices) for e in (one, other)]
    return max(float(np.abs(a - b).max()) for a, b in zip(*answers, strict=True))


def write_bundle(
    folder: Path,
    config: TrainConfig,
    weights: Sequence[Path],
    plan: Plan,
    card: str,
    slices: Float32[np.ndarray, "b n n d"],
    reference: TrainingAppearance | None = None,
    patients: TrainingPatients | None = None,
    told: Mapping[str, str] | None = None,
) -> tuple[float, bool]:
    """Export, check parity on `slices` and write a bundle; returns (difference, half precision).

    `reference` goes with it for the quality gate, `patients` for a warning of `evaluate`; `told`
    are further files, as `data.json`, by their names.

    Falls back to full-precision weights where half precision breaks the parity bound of 1e-4. The
    folder appears whole, and is loaded once before it does.

    Raises:
        UsageError: the folder exists. GlioscopeError: parity is broken at full precision too.
    """
    if folder.exists():
        raise UsageError("training.bundle_exists", folder=folder.name)
    for half in (True, False):
        content = to_onnx(config, weights, half=half)
        difference = parity(config, weights, content, slices)
        if difference < PARITY:
            break
    else:
        raise GlioscopeError("training.parity", difference=difference, most=PARITY)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as temporary:
        made = Path(temporary) / folder.name
        made.mkdir()
        (made / WEIGHTS).write_bytes(content)
        (made / PLAN).write_text(plan.to_json(), encoding="utf-8")
        (made / CARD).write_text(card, encoding="utf-8")
        if reference:
            (made / REFERENCE).write_text(reference.to_json(), encoding="utf-8")
        if patients:
            (made / PATIENTS).write_text(patients.to_json(), encoding="utf-8")
        for file, text in (told or {}).items():
            (made / file).write_text(text, encoding="utf-8")
        write_hashes(made)
        load_model(made)
        shutil.move(made, folder)
    return difference, half
