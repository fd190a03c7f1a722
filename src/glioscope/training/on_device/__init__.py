"""Training on a GPU with all data on the device; needs the `jax` extra."""
