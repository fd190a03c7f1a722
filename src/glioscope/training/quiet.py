"""TensorFlow's and absl's own log lines kept off the terminal of somebody who trains."""

import os


def quiet_tensorflow() -> None:
    """Call before Keras is imported; errors stay, and so does a level that is set already."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
