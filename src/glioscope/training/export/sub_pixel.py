# pyright: basic
# It speaks with ONNX, which carries no types.
"""Transposed convolutions as plain ones, which can count in 8 bits.

A transposed convolution of 2 by 2 in steps of 2 writes each source pixel's answer into a block of
its own: it is a convolution of 1 by 1 with four times the channels, whose answers are then laid out
side by side. The values are the same; ONNX Runtime has the plain one in 8 bits and not the other.

Source: Shi et al., Is the deconvolution layer the same as a convolutional layer?, 2016,
arXiv 1609.07009.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_BLOCK = 2
# What a network that was so changed has more of, and may count in 8 bits.
ADDED = ("Transpose", "Reshape")


def without_transposed(proto: "ModelProto", kept: Iterable[str] = ()) -> "ModelProto":
    """The network with its transposed convolutions replaced, except nodes whose name is in `kept`.

    Those of another size or step, or of pictures whose size the network does not tell, stay too.
    """
    from onnx import numpy_helper, shape_inference

    known = shape_inference.infer_shapes(proto).graph.value_info
    sides = {one.name: _side(one) for one in known}
    graph, kept = proto.graph, set(kept)
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for at, node in reversed(list(enumerate(graph.node))):
        side = sides.get(node.input[0]) if node.op_type == "ConvTranspose" else None
        if side is None or node.name in kept or not _of_blocks(node):
            continue
        arrays = [numpy_helper.to_array(stored[name]) for name in node.input[1:]]
        nodes, values = _replaced(node, side, arrays)
        graph.initializer.extend(
            numpy_helper.from_array(np.ascontiguousarray(value), name)
            for name, value in values.items()
        )
        graph.node.remove(node)
        for new in reversed(nodes):
            graph.node.insert(at, new)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    return proto


def _side(one) -> tuple[int, int] | None:
    """Rows and columns of a tensor (b, c, rows, columns); None where they are not fixed."""
    dims = [dim.dim_value for dim in one.type.tensor_type.shape.dim]
    return (dims[2], dims[3]) if len(dims) == 4 and dims[2] and dims[3] else None


def _of_blocks(node: "NodeProto") -> bool:
    from onnx import helper

    said = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    two = [_BLOCK, _BLOCK]
    alone = said.get("group", 1) == 1 and not any(said.get("pads", ()))
    return alone and list(said.get("kernel_shape", ())) == list(said.get("strides", ())) == two


def _replaced(
    node: "NodeProto", side: tuple[int, int], arrays: list[np.ndarray]
) -> tuple[list["NodeProto"], dict[str, np.ndarray]]:
    """The nodes that stand in for one, and their constants."""
    from onnx import helper

    out, (rows, columns) = node.output[0], side
    weights, *bias = arrays  # (c, o, 2, 2)
    source, channels, *_ = weights.shape
    values = {
        f"{out}/weights": weights.transpose(2, 3, 1, 0).reshape(-1, source, 1, 1),
        f"{out}/split": np.array([-1, rows, columns, _BLOCK, _BLOCK * channels], np.int64),
        f"{out}/joined": np.array([-1, _BLOCK * rows, _BLOCK * columns, channels], np.int64),
        **{f"{out}/bias": np.tile(one, _BLOCK**2) for one in bias},
    }
    inputs = [node.input[0], f"{out}/weights", *(f"{out}/bias" for _ in bias)]
    # Channels last while pixels are laid out: a block's row is then one piece of memory.
    steps = [
        ("Conv", inputs, "deep", {"kernel_shape": [1, 1]}),
        ("Transpose", [f"{out}/deep"], "last", {"perm": [0, 2, 3, 1]}),
        ("Reshape", [f"{out}/last", f"{out}/split"], "blocks", {}),
        ("Transpose", [f"{out}/blocks"], "rows", {"perm": [0, 1, 3, 2, 4]}),
        ("Reshape", [f"{out}/rows", f"{out}/joined"], "wide", {}),
        ("Transpose", [f"{out}/wide"], "", {"perm": [0, 3, 1, 2]}),
    ]
    nodes = [
        helper.make_node(kind, taken, [f"{out}/{gives}" if gives else out], f"{out}/{at}", **how)
        for at, (kind, taken, gives, how) in enumerate(steps)
    ]
    return nodes, values
