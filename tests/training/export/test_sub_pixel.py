import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from glioscope.training.export.sub_pixel import without_transposed


def network(*, size: int = 2, step: int = 2, side: int | str = 6, bias: bool = True) -> bytes:
    """One transposed convolution from 3 to 5 channels behind a convolution."""
    rng = np.random.default_rng(0)
    arrays = {
        "conv": rng.standard_normal((3, 2, 1, 1)),
        "up": rng.standard_normal((3, 5, size, size)),
        **({"bias": rng.standard_normal(5)} if bias else {}),
    }
    shape = ["n", 2, side, 8]
    nodes = [
        helper.make_node("Conv", ["x", "conv"], ["deep"], name="before"),
        helper.make_node(
            "ConvTranspose",
            ["deep", "up", *(["bias"] if bias else [])],
            ["y"],
            name="doubled",
            kernel_shape=[size, size],
            strides=[step, step],
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 5, None, None])],
        [numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return proto.SerializeToString()


def answer(content: bytes) -> np.ndarray:
    slices = np.random.default_rng(1).standard_normal((4, 2, 6, 8)).astype(np.float32)
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": slices})[0])


def kinds(proto: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in proto.graph.node]


@pytest.mark.parametrize("bias", [True, False])
def test_it_gives_the_same_values_without_a_transposed_convolution(bias) -> None:
    before = network(bias=bias)
    changed = without_transposed(onnx.load_from_string(before))
    onnx.checker.check_model(changed, full_check=True)
    assert "ConvTranspose" not in kinds(changed)
    assert answer(before).shape == (4, 5, 12, 16)
    np.testing.assert_allclose(
        answer(changed.SerializeToString()), answer(before), rtol=1e-5, atol=1e-6
    )
    assert "up" not in {tensor.name for tensor in changed.graph.initializer}


@pytest.mark.parametrize(
    "content",
    [network(size=3), network(step=1), network(side="rows")],
    ids=["blocks overlap", "no doubling", "size not told"],
)
def test_what_it_cannot_replace_stays(content) -> None:
    proto = onnx.load_from_string(content)
    before = proto.SerializeToString()
    assert without_transposed(proto).SerializeToString() == before


def test_what_is_to_be_kept_stays() -> None:
    proto = onnx.load_from_string(network())
    assert kinds(without_transposed(proto, ["doubled"])) == ["Conv", "ConvTranspose"]
