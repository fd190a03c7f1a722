"""TensorFlow traces nothing, as in `toy_training.step_by_step`: for processes that a test starts.

Python reads this by itself where the folder is on PYTHONPATH.
"""

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

from typing_extensions import override


class _BeforeTensorFlow(MetaPathFinder):
    @override
    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_and_tell(module) -> None:
                load(module)
                module.config.run_functions_eagerly(True)

            spec.loader.exec_module = load_and_tell
        return spec


sys.meta_path.insert(0, _BeforeTensorFlow())
