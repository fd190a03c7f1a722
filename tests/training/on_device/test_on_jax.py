"""Runs the tests of `on_jax` folders in a process of their own, where Keras is on JAX."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
FOLDERS = ("training/on_device/on_jax", "training/loop/on_jax", "bench/on_jax")
# Compiling takes nearly all of the time: each function once, and cheaply (see conftest.py, too).
QUICK = {
    "JAX_PLATFORMS": "cpu",
    # Two devices for tests of several; the others use the first.
    "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_cpu_use_fusion_emitters=false "
    "--xla_force_host_platform_device_count=2",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs 'glioscope[jax]'")
def test_all_that_needs_jax(tmp_path: Path) -> None:
    cache = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FOLDERS]
    done = subprocess.run(
        command,
        cwd=TESTS,
        env={**os.environ, "KERAS_BACKEND": "jax", **QUICK, **cache},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout
