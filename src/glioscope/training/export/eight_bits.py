# pyright: basic
# It speaks with ONNX and ONNX Runtime, which carry no types.
"""A network in 8 bits: convolutions count in whole numbers, which takes less than half the time.

Activations are unsigned bytes, whose ranges a few slices tell; weights are signed bytes with a
range for each output channel. One bit of the weights stays unused, so that processors without a dot
product of bytes, where the sums would overflow, answer the same. The first convolution, the slice
head and the last layers of each output stay as they are: they cost little and lose most.

Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference, 2018, doi 10.1109/CVPR.2018.00286.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from glioscope.model.bundle import EIGHT_BITS, PLAN, WEIGHTS, verify, write_hashes
from glioscope.model.plan import Plan
from glioscope.model.preprocess import prepare
from glioscope.training.data.cases import Case, study_of
from glioscope.training.export.sub_pixel import ADDED, without_transposed

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

# Of each tensor's values on the slices, so many in a hundred lie within its range. The few beyond
# are cut off: with a range from least to most they would leave the others a handful of steps.
_PERCENTILE = 99.99
# Studies of which one slice each is looked at, and where these lie between neck and crown.
_STUDIES = 32
_LOWEST, _HIGHEST = 0.2, 0.85
# With the steps that stand in for a transposed convolution, which pass bytes on as they are.
_WHOLE = ("Conv", "MaxPool", "Concat", "LeakyRelu", *ADDED)
# Parts of our networks' names that lie behind the last shared features.
_OUTPUTS = ("presence", "head_", "mask", "classes")


def add_eight_bits(folder: Path, cases: list[Case]) -> None:
    """Put the bundle's network in 8 bits beside it; `cases` are those it was trained on.

    The hashes follow; what the folder answers with `fast` is another network from then on.

    Raises:
        ModelError: the bundle is damaged.
    """
    verify(folder)
    slices = range_slices(cases, Plan.load(folder / PLAN))
    whole = in_eight_bits((folder / WEIGHTS).read_bytes(), slices)
    (folder / EIGHT_BITS).write_bytes(whole)
    write_hashes(folder)


def range_slices(cases: list[Case], plan: Plan) -> Float32[np.ndarray, "b n n d"]:
    """One network input each of up to 32 of the studies, at all heights of the head."""
    chosen = cases[:: max(1, -(-len(cases) // _STUDIES))]
    heights = np.linspace(_LOWEST, _HIGHEST, len(chosen))
    # Neighbours in the list are often from one scanner: heights and studies take turns.
    heights = np.random.default_rng(0).permutation(heights)
    parts = []
    for case, height in zip(chosen, heights, strict=True):
        prepared = prepare(study_of(case), plan)
        at = int(height * len(prepared.planes))
        parts.append(prepared.batch(at, at + 1))
    return np.concatenate(parts)


def in_eight_bits(weights: bytes, slices: Float32[np.ndarray, "b n n d"]) -> bytes:
    """The ONNX network in 8 bits; inputs and outputs stay float32.

    `slices` are network inputs of as many kinds as there are: they set the ranges.
    """
    import onnx
    from onnxruntime import quantization as q

    proto = onnx.load_from_string(weights)
    _widen(proto.graph)
    left = _left_as_they_are(proto)
    proto = without_transposed(proto, left)
    # Quantisation reads and writes files.
    with tempfile.TemporaryDirectory(prefix="glioscope-8bit-") as folder, _quiet():
        plain, whole = Path(folder) / "plain.onnx", Path(folder) / "whole.onnx"
        onnx.save(proto, plain)
        q.quantize_static(
            plain,
            whole,
            _reader(slices),
            quant_format=q.QuantFormat.QDQ,
            op_types_to_quantize=list(_WHOLE),
            nodes_to_exclude=left,
            per_channel=True,
            reduce_range=True,
            activation_type=q.QuantType.QUInt8,
            weight_type=q.QuantType.QInt8,
            calibrate_method=q.CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": _PERCENTILE},
        )
        return whole.read_bytes()


def _left_as_they_are(proto: "ModelProto") -> list[str]:
    first = next(node.name for node in proto.graph.node if node.op_type == "Conv")
    last = [
        node.name
        for node in proto.graph.node
        if any(part in name for name in node.output for part in _OUTPUTS)
    ]
    return [first, *last]


def _widen(graph: "GraphProto") -> None:
    """Weights that are stored in half precision, in float32: a cast of them would be left out."""
    from onnx import numpy_helper

    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "Cast"]:
        tensor = stored.get(node.input[0])
        if tensor is None:
            continue
        wide = numpy_helper.to_array(tensor).astype(np.float32)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(wide, node.output[0]))
        graph.node.remove(node)


def _reader(slices: Float32[np.ndarray, "b n n d"]):
    from onnxruntime.quantization import CalibrationDataReader

    class Slices(CalibrationDataReader):
        def __init__(self) -> None:
            self._left: Iterator[np.ndarray] = iter(slices)

        def get_next(self) -> dict[str, np.ndarray] | None:
            one = next(self._left, None)
            return None if one is None else {"slices": one[None]}

    return Slices()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice and progress that quantisation prints."""
    from contextlib import redirect_stdout
    from io import StringIO

    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        root.setLevel(before)
