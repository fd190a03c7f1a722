"""The card's own bf16 ceiling: a large matrix product on random data, timed after warm-up."""

import statistics
import time
from typing import Any


def measure(side: int, warm_up: int = 5, repeats: int = 20) -> dict[str, Any]:
    """Median rate of a bf16 product of two `side` × `side` matrices, and what it ran on."""
    import jax
    import jax.numpy as jnp

    left, right = (jax.random.normal(jax.random.key(k), (side, side), jnp.bfloat16) for k in (0, 1))
    product = jax.jit(lambda a, b: a @ b)
    for _ in range(warm_up):
        product(left, right).block_until_ready()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        product(left, right).block_until_ready()
        times.append(time.perf_counter() - began)
    return {
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "matrix": side,
        "bf16_flop_per_s": 2 * side**3 / statistics.median(times),
    }
