import keras
import numpy as np
import pytest

from glioscope.training.network.norm import BatchNormalization

tf = pytest.importorskip("tensorflow", reason="the fused operation is TensorFlow's")
SHAPE = (3, 4, 5, 6)


def pair(policy: str) -> tuple[BatchNormalization, keras.layers.BatchNormalization]:
    """Ours and Keras's own, with the same weights, none of them at its first value."""
    rng = np.random.default_rng(7)
    layers = (
        BatchNormalization(momentum=0.9, dtype=policy),
        keras.layers.BatchNormalization(momentum=0.9, dtype=policy),
    )
    weights = [rng.uniform(0.5, 1.5, SHAPE[-1]).astype(np.float32) for _ in range(4)]
    for layer in layers:
        layer.build(SHAPE)
        layer.set_weights(weights)
    return layers


def pictures(policy: str) -> "tf.Tensor":
    values = np.random.default_rng(8).normal(3, 2, SHAPE).astype(np.float32)
    return tf.cast(tf.constant(values), keras.dtype_policies.get(policy).compute_dtype)


@pytest.mark.parametrize(("policy", "apart"), [("float32", 1e-5), ("mixed_bfloat16", 2e-2)])
def test_answer_gradients_and_statistics_are_those_of_keras(policy: str, apart: float) -> None:
    inputs, found = pictures(policy), []
    for layer in pair(policy):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            answer = layer(inputs, training=True)
            loss = tf.reduce_sum(tf.sin(tf.cast(answer, tf.float32)))
        watched = (inputs, layer.gamma.value, layer.beta.value)
        gradients = [tf.cast(g, tf.float32).numpy() for g in tape.gradient(loss, watched)]
        assert answer.dtype == inputs.dtype
        found.append([tf.cast(answer, tf.float32).numpy(), *gradients, *layer.get_weights()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=apart * 10, rtol=apart)


def test_it_is_one_operation_in_training_and_the_kept_statistics_after() -> None:
    ours, theirs = pair("float32")
    inputs = pictures("float32")

    @tf.function
    def step(values: "tf.Tensor") -> "tf.Tensor":
        return ours(values, training=True)

    graph = step.get_concrete_function(inputs).graph.as_graph_def()
    names = {node.op for function in graph.library.function for node in function.node_def}
    assert "FusedBatchNormV3" in names | {node.op for node in graph.node}
    np.testing.assert_array_equal(ours(inputs), theirs(inputs))
    ours.trainable = False
    np.testing.assert_array_equal(ours(inputs, training=True), theirs(inputs))
