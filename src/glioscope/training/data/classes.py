"""Classes of tumour that a set keeps apart, as names of a configuration and as targets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from glioscope.errors import InputError, UsageError
from glioscope.model.preprocess import Window, to_pictures
from glioscope.reading.labelled import LabelledCase, class_names, is_labelled
from glioscope.training.config import TrainConfig
from glioscope.training.data.cases import Case, slice_names


def with_classes(config: TrainConfig, root: Path) -> TrainConfig:
    """The configuration with a head for the classes of a set, where it keeps several apart.

    Without a weight for it there is none, and the classes are learned as one tumour.

    Raises:
        UsageError: the configuration names other classes than the set, or the set has none.
    """
    names = class_names(root) if is_labelled(root) else ()
    wanted = config.network.classes
    if wanted and not names:
        raise UsageError("training.no_classes", name=root.name, wanted=wanted)
    if wanted and wanted != names:
        raise UsageError("training.other_classes", name=root.name, there=names, wanted=wanted)
    if wanted or not names or not config.class_weight:
        return config
    return replace(config, network=replace(config.network, classes=names))


def class_shares(
    case: Case, names: tuple[str, ...], window: Window
) -> UInt8[np.ndarray, "k {window.size} {window.size} q"]:
    """Of each network pixel the share that is of each class, 0 to 255.

    A case that keeps no classes apart has none of any: it teaches nothing of them.

    Raises:
        InputError: it keeps others apart.
    """
    found = case.classes() if isinstance(case, LabelledCase) else None
    if found is None:
        count = len(slice_names(case))
        return np.zeros((count, window.size, window.size, len(names)), np.uint8)
    if set(found.names) != set(names):
        raise InputError("training.case_classes", case=case.name, there=found.names, wanted=names)
    pictures = to_pictures(found.values, found.grid)
    numbers = [found.names.index(name) + 1 for name in names]
    shares = [
        [window.forward((picture == number).astype(np.float32)) for number in numbers]
        for picture in pictures
    ]
    return np.round(np.moveaxis(np.array(shares), 1, -1) * 255).astype(np.uint8)
