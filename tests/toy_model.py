"""A tiny model with a known answer: what is much brighter in FLAIR than in T1 is tumour.

Normalised tissue has its median at 1, so `FLAIR - T1 / 2` is near 0.5 in brain, below 1 in fat and
above 1 in a FLAIR lesion, also where FLAIR stands in for a missing T1.
"""

from pathlib import Path

from onnx import TensorProto, checker, helper

from glioscope.model.bundle import write_hashes
from glioscope.model.plan import CHANNELS, Plan
from glioscope.study import Channel

LEVEL = 1.0
STEEPNESS = 20.0
# Of two classes the second is what is brighter still.
CORE_LEVEL = 2.7


def toy_bundle(
    folder: Path, size: int = 64, context: int = 1, *, presence: bool = True, **plan: object
) -> Path:
    """Write a loadable model folder and return it; `plan` sets further plan fields.

    With two `classes` in the plan the network tells them apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = Plan("toy", "1", size, context=context, **plan)
    network = toy_network(size, context, presence=presence, classes=bool(settings.classes))
    (folder / "model.onnx").write_bytes(network)
    (folder / "plan.json").write_text(settings.to_json(), encoding="utf-8")
    (folder / "card.md").write_text("# toy\n\nFor tests. Finds bright pixels.\n", encoding="utf-8")
    write_hashes(folder)
    return folder


def toy_network(size: int, context: int, *, presence: bool = True, classes: bool = False) -> bytes:
    """The network as ONNX, with the inputs and outputs that the ONNX contract names."""
    middle = context * len(CHANNELS)
    nodes = [
        helper.make_node("Gather", ["slices", "flair_index"], ["flair"], axis=3),
        helper.make_node("Gather", ["slices", "t1_index"], ["t1"], axis=3),
        helper.make_node("Mul", ["t1", "half"], ["half_t1"]),
        helper.make_node("Sub", ["flair", "half_t1"], ["contrast"]),
        helper.make_node("Sub", ["contrast", "level"], ["above"]),
        helper.make_node("Mul", ["above", "steepness"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["mask"]),
    ]
    outputs = [_tensor("mask", [None, size, size, 1])]
    if presence:
        nodes.append(helper.make_node("ReduceMax", ["mask"], ["presence"], axes=[1, 2], keepdims=0))
        outputs.append(_tensor("presence", [None, 1]))
    if classes:
        nodes += [
            helper.make_node("Sub", ["contrast", "core_level"], ["above_core"]),
            helper.make_node("Mul", ["above_core", "steepness"], ["core_logit"]),
            helper.make_node("Sigmoid", ["core_logit"], ["core"]),
            helper.make_node("Sub", ["one", "core"], ["shell"]),
            helper.make_node("Concat", ["shell", "core"], ["classes"], axis=3),
        ]
        outputs.append(_tensor("classes", [None, size, size, 2]))
    constants = [
        _index("flair_index", middle + CHANNELS.index(Channel.FLAIR)),
        _index("t1_index", middle + CHANNELS.index(Channel.T1)),
        _number("half", 0.5),
        _number("level", LEVEL),
        _number("steepness", STEEPNESS),
        *([_number("core_level", CORE_LEVEL), _number("one", 1.0)] if classes else []),
    ]
    depth = len(CHANNELS) * (2 * context + 1)
    graph = helper.make_graph(
        nodes, "toy", [_tensor("slices", [None, size, size, depth])], outputs, constants
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def _tensor(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _index(name, value):
    return helper.make_tensor(name, TensorProto.INT64, [1], [value])


def _number(name, value):
    return helper.make_tensor(name, TensorProto.FLOAT, [], [value])
