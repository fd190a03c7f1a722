from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest

from glioscope.model.bundle import EIGHT_BITS, FAST_MIRRORED_FROM, load_model, verify
from glioscope.model.engine import OnnxEngine
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import cases_in
from glioscope.training.export.eight_bits import add_eight_bits, in_eight_bits, range_slices
from glioscope.training.export.onnx import to_onnx, write_bundle
from glioscope.training.network.unet import build
from lgg_folder import head_stack, write_case
from toy_training import SMALL, toy_config

SIZE = 32
CONFIG = toy_config(stages=((SIZE, 1),), network=replace(SMALL, widths=(16, 32)))


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    keras.utils.set_random_seed(0)
    network = build(CONFIG.network, SIZE)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        drift = 0.1 * rng.standard_normal(weight.shape, np.float32)
        weight.assign(keras.ops.convert_to_numpy(weight) + drift)
    path = tmp_path_factory.mktemp("weights") / "toy.weights.h5"
    network.save_weights(path)
    return path


def slices(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((count, SIZE, SIZE, 9), np.float32)


@pytest.fixture(scope="module")
def whole(weights: Path) -> bytes:
    """From weights in half precision, as bundles have them."""
    return in_eight_bits(to_onnx(CONFIG, [weights]), slices(4))


def answers(content: bytes, config: TrainConfig = CONFIG) -> tuple[np.ndarray, np.ndarray]:
    return OnnxEngine(content, config.plan())(slices(3, seed=2))


def test_it_answers_nearly_as_before_and_not_quite(weights, whole) -> None:
    plain = answers(to_onnx(CONFIG, [weights], half=False))
    for before, after in zip(plain, answers(whole), strict=True):
        assert 0 < np.abs(before - after).max() < 0.05
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.99


def test_convolutions_count_in_bytes_and_the_ends_do_not(whole) -> None:
    graph = onnx.load_from_string(whole).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}
    kinds = [
        made_by[node.input[1]].op_type if node.input[1] in made_by else "float32"
        for node in graph.node
        if node.op_type == "Conv"
    ]
    # The stem alone is not in bytes; then come two blocks on the way down and, on the way up, one
    # that doubles the resolution and one more.
    assert kinds == ["float32", *["DequantizeLinear"] * 4]
    assert sum(node.op_type == "ConvTranspose" for node in graph.node) == 1
    bytes_of = [
        onnx.numpy_helper.to_array(stored[made_by[node.input[1]].input[0]])
        for node in graph.node
        if node.op_type == "Conv" and node.input[1] in made_by
    ]
    for one in bytes_of:
        assert one.dtype == np.int8
        # One bit is left unused: sums of pairs do not overflow 16 bits where there is no VNNI.
        assert one.min() >= -64 and one.max() <= 64
        assert max(abs(int(one.min())), int(one.max())) > 50
    heads = [n for n in graph.node if n.op_type in ("Gemm", "MatMul")]
    assert heads and not any(
        i in made_by and "quant" in made_by[i].op_type.lower() for n in heads for i in n.input[1:]
    )


def test_half_precision_and_a_second_time_change_nothing(weights, whole) -> None:
    again = in_eight_bits(to_onnx(CONFIG, [weights]), slices(4))
    for one, other in zip(answers(whole), answers(again), strict=True):
        assert np.array_equal(one, other)


def test_a_bundle_has_both_and_fast_takes_it(weights, tmp_path) -> None:
    for patient in range(3):
        write_case(
            tmp_path / "set",
            f"TCGA_DU_00{patient:02d}_20000101",
            *head_stack(slices=6, seed=patient),
        )
    bundle = tmp_path / "toy"
    write_bundle(bundle, CONFIG, [weights], CONFIG.plan(), "# toy\n", slices(2))
    before = load_model(bundle, fast=True)
    assert [warning.code for warning in before.warnings] == ["model.one_look"]
    assert not before.plan.flip
    add_eight_bits(bundle, cases_in(tmp_path / "set"))
    verify(bundle)
    plain, fast = load_model(bundle), load_model(bundle, fast=True)
    assert plain.warnings == ()
    assert [warning.code for warning in fast.warnings] == ["model.eight_bits"]
    assert fast.plan == plain.plan and fast.plan.flip
    assert (plain.mirrored_from, fast.mirrored_from) == (0, FAST_MIRRORED_FROM)
    assert fast.info.sha256 != plain.info.sha256
    assert (bundle / EIGHT_BITS).stat().st_size > 0


def test_ranges_are_of_many_studies_at_all_heights(tmp_path) -> None:
    count = 40
    for patient in range(count):
        stack, masks = head_stack(slices=10, seed=patient)
        write_case(tmp_path, f"TCGA_DU_{patient:04d}_20000101", stack, masks)
    found = range_slices(cases_in(tmp_path), CONFIG.plan())
    assert found.shape == (20, SIZE, SIZE, 9)
    assert len({one.tobytes() for one in found}) == len(found)
