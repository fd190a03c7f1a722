"""Training in Keras 3, backend-neutral; needs the `train` extra."""
