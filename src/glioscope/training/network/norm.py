# pyright: basic
# It speaks with Keras and TensorFlow, which carry no types.
"""Batch normalisation in one fused operation where TensorFlow computes; Keras's own elsewhere."""

import keras


class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer, over the last axis, with the same weights and the same answer.

    Keras writes out mean, variance and scaling in float32, and each goes through memory on its own,
    forwards and backwards: on a CPU in bfloat16 that was a third of a step of training
    (`bench/training_step.py`). TensorFlow has one operation for all of it, which takes bfloat16 and
    keeps its statistics in float32. The class has Keras's name, as paths in a weights file do.
    """

    def call(self, inputs, training=None, mask=None):
        """Normalised inputs, in their type; in training the moving statistics follow."""
        if not training or not self.trainable or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        normed, mean, variance, *_ = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        # TensorFlow gives the unbiased variance, Keras keeps the biased one.
        count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        self._keep(self.moving_mean, mean)
        self._keep(self.moving_variance, variance * (count - 1) / count)
        return normed

    def _keep(self, moving, value):
        moving.assign(moving * self.momentum + value * (1.0 - self.momentum))
