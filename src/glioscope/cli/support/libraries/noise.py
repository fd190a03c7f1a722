"""What libraries say about themselves stays off stderr, which is for the reader of the result."""

import logging
import os
import sys
import warnings

# Each is read when its library is loaded: TensorFlow's C++ and absl's.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GLOG_minloglevel": "3"}
_LIBRARIES = ("absl", "fontTools", "fpdf", "jax", "nibabel", "PIL", "pydicom", "tensorflow")


def hush() -> None:
    """Silence libraries, but not where the user asked Python for warnings (`-W`)."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
