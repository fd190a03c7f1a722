# pyright: basic
# It speaks with Keras, which carries no types.
"""One training on several devices: each has the whole network and a part of every batch.

Keras's distribution API does it, on JAX: gradients and the statistics of batch normalisation are of
the whole batch, so that a run is the same on any number of devices, and may go on with another.
"""

from collections.abc import Generator
from contextlib import contextmanager

import keras

from glioscope.errors import UsageError


@contextmanager
def across(count: int, batch_size: int, kind: str | None = None) -> Generator[None, None, None]:
    """Train on the first `count` devices while the block runs; on one as ever.

    `kind` is `cpu` or `gpu`; None takes what JAX does.

    Raises:
        UsageError: Keras does not run on JAX, there are fewer devices, or batches do not divide.
    """
    if count == 1:
        yield
        return
    if keras.backend.backend() != "jax":
        raise UsageError("training.devices_jax")
    found = keras.distribution.list_devices(kind)
    if len(found) < count:
        raise UsageError("training.devices_few", asked=count, found=len(found))
    if batch_size % count:
        raise UsageError("training.devices_batch", asked=count, batch=batch_size)
    # Batches come from us, one after the other; there is nothing for Keras to divide among hosts.
    parallel = keras.distribution.DataParallel(devices=found[:count], auto_shard_dataset=False)
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(parallel)
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


def clear_session() -> None:
    """Forget what Keras has built, but not the devices."""
    parallel = keras.distribution.distribution()
    keras.utils.clear_session()
    keras.distribution.set_distribution(parallel)
