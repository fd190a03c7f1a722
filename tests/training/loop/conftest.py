"""Tests of `on_jax` are collected where Keras is on JAX; `test_on_jax` sees to that."""

import os

collect_ignore = [] if os.environ.get("KERAS_BACKEND") == "jax" else ["on_jax"]
