# pyright: basic
# It speaks with Keras, which carries no types.
"""The Keras network of a bundle: weights are found in its ONNX file by the names of the layers.

Export folds every batch normalisation into the convolution before it. Here the convolution has the
product, and the normalisation, which is frozen, adds what is left: mean 0, variance 1, and as its
offset the bias. In training a normalisation by the batch would undo that, so it stays frozen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers

from glioscope.errors import ModelError
from glioscope.model.engine import OnnxEngine
from glioscope.model.plan import Plan
from glioscope.training.config import NetworkConfig
from glioscope.training.export.onnx import PARITY, largest_difference
from glioscope.training.network.keras_engine import KerasEngine
from glioscope.training.network.unet import build

if TYPE_CHECKING:
    from onnx import ModelProto

_HALF = "/half"
_BLOCK = re.compile(r"encoder(\d+)_conv(\d+)")
_UP = re.compile(r"decoder1_conv(\d+)")
# Slices that both networks are asked about.
_ASKED = 2


@dataclass(frozen=True)
class Rebuilt:
    """The shape of a network, and its weights by layer, as Keras keeps them."""

    network: NetworkConfig
    weights: dict[str, list[np.ndarray]]

    def put_into(self, model: keras.Model) -> None:
        """Give a network of this shape the weights, and freeze its normalisations.

        A head for classes that was not there keeps what it was drawn with, and learns in full.
        """
        for name, values in self.weights.items():
            layer = model.get_layer(name)
            layer.set_weights(values)
            if isinstance(layer, layers.BatchNormalization):
                layer.trainable = False


def rebuild(content: bytes, plan: Plan) -> Rebuilt:
    """The network of an ONNX file that `glioscope export` wrote.

    Raises:
        ModelError: the file holds several networks, or one of another kind; or what was rebuilt
            answers otherwise.
    """
    import onnx

    found = _Tensors(onnx.load_from_string(content))
    try:
        network = _shape_of(found, plan)
        model = build(network, plan.size)
        rebuilt = Rebuilt(network, dict(_weights(found, model)))
        rebuilt.put_into(model)
    except (KeyError, IndexError, ValueError) as error:
        raise ModelError("training.not_rebuilt", plan=plan.name, reason=str(error)) from error
    _require_equal(model, content, plan)
    return rebuilt


class _Tensors:
    """Stored numbers of a graph by the layer whose name theirs, or their node's, holds."""

    def __init__(self, proto: "ModelProto") -> None:
        from onnx import numpy_helper

        self.values = {
            tensor.name.removesuffix(_HALF): np.asarray(numpy_helper.to_array(tensor), np.float32)
            for tensor in proto.graph.initializer
        }
        self.nodes = list(proto.graph.node)
        roots = {name.split("/")[0] for name in self.values if "/" in name}
        if len(roots) != 1:
            raise ModelError("training.several_networks", count=len(roots))

    def kernel(self, layer: str) -> tuple[str, np.ndarray]:
        """Name and numbers of a layer's kernel."""
        # The tracing of TensorFlow adds a number where a name is used again.
        named = re.compile(rf"/{re.escape(layer)}(?:_1)?/")
        found = [(name, v) for name, v in self.values.items() if named.search(name) and v.ndim > 1]
        return max(found, key=lambda pair: pair[1].size)

    def bias(self, layer: str, size: int) -> np.ndarray:
        """What is added to the product of a layer's kernel, whatever its name: nothing is nought.

        Equal numbers are stored once, under the name of one of the layers that have them.
        """
        kernel = self.kernel(layer)[0]
        [node] = [node for node in self.nodes if kernel in node.input]
        after = [n for n in self.nodes if n.op_type == "Add" and node.output[0] in n.input]
        names = [*list(node.input)[2:], *(name for n in after for name in n.input)]
        found = [self.values[name] for name in names if name in self.values]
        return found[0].reshape(size) if found else np.zeros(size, np.float32)


def _shape_of(found: _Tensors, plan: Plan) -> NetworkConfig:
    text = "\n".join(found.values)
    convs = [(int(level), int(number)) for level, number in _BLOCK.findall(text)]
    levels = max(level for level, _ in convs)
    firsts = [found.kernel(f"encoder{level}_conv1")[1] for level in range(1, levels + 1)]
    bridge = found.kernel("bridge_conv1")[1]
    slopes = {_slope(node) for node in found.nodes if node.op_type == "LeakyRelu"}
    return NetworkConfig(
        widths=tuple(int(kernel.shape[0]) for kernel in (*firsts, bridge)),
        encoder_convs=max(number for _, number in convs),
        decoder_convs=max(int(number) for number in _UP.findall(text)),
        stem=2 if "/stem_conv" in text else 1,
        context=plan.context,
        presence="/presence_dense" in text,
        slope=slopes.pop(),
        classes=plan.classes,
    )


def _slope(node: Any) -> float:
    return round(next(a.f for a in node.attribute if a.name == "alpha"), 6)


def _weights(found: _Tensors, model: keras.Model) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Layer by layer; the normalisation after a convolution has its bias."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            yield layer.name, _only_offset(layer, found)
        elif isinstance(layer, layers.Conv2D | layers.Conv2DTranspose):
            yield layer.name, _with_bias(layer, found, lambda k: k.transpose(2, 3, 1, 0))
        elif isinstance(layer, layers.Dense):
            yield layer.name, _with_bias(layer, found, lambda k: k)


def _with_bias(layer: Any, found: _Tensors, turned: Any) -> list[np.ndarray]:
    shapes = [tuple(weight.shape) for weight in layer.weights]
    kernel = turned(found.kernel(layer.name)[1])
    if kernel.shape != shapes[0]:
        raise ValueError(f"{layer.name} {kernel.shape}")
    return [kernel, found.bias(layer.name, shapes[1][0])] if layer.use_bias else [kernel]


def _only_offset(layer: Any, found: _Tensors) -> list[np.ndarray]:
    """Of a normalisation; its offset is the bias of the convolution before it."""
    before = layer.input._keras_history.operation
    offset = found.bias(before.name, layer.input.shape[-1])
    one = np.ones_like(offset)
    return [one, offset, np.zeros_like(offset), one - np.float32(layer.epsilon)]


def _require_equal(model: keras.Model, content: bytes, plan: Plan) -> None:
    slices = np.random.default_rng(0).random(
        (_ASKED, plan.size, plan.size, plan.input_channels), np.float32
    )
    apart = largest_difference(KerasEngine(model), OnnxEngine(content, plan), slices, plan)
    if not apart < PARITY:
        raise ModelError(
            "training.not_rebuilt", plan=plan.name, reason=f"{apart:.1e} > {PARITY:.0e}"
        )
