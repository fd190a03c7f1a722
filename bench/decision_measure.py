"""What the study's decision could rest on, measured on real and on made studies.

`python bench/decision_measure.py DATA RUN CACHE`: the 90 patients as the networks that had not seen
them outlined them (the predictions in RUN), and made studies (`made_heads.py`) and phantoms as the
network that ships outlines them. One JSON file a study lies in CACHE; what is there is not done
again.
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

from glioscope.evaluation.predictions.archive import ARCHIVE, read_archive
from glioscope.evaluation.predictions.references import read_references
from glioscope.evaluation.splits.folds import lgg90
from glioscope.findings.midline import midline
from glioscope.model.bundle import Model, load_model
from glioscope.model.components import label
from glioscope.model.postprocess import decide
from glioscope.model.preprocess import intensity_scale, picture_spacing, prepare
from glioscope.orientation import to_pictures
from glioscope.phantom.study import Lesion, phantom_study
from glioscope.pipeline import predict
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Channel, Study
from made_heads import (
    PIXEL_MM,
    SLICE_MM,
    head_of,
    multiple_sclerosis,
    small_glioma,
    tumour_free,
    white_matter_disease,
)

# Pixels by which a mirrored lesion may miss the other to count as symmetric.
_NEAR_PX = 6


def measured(study: Study, mask: np.ndarray, probability: np.ndarray) -> dict[str, object]:
    """Every figure that the decision could rest on; lesions in ml, largest first."""
    labels, count = label(mask)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    if study.grid.nominal:
        between, row, column = SLICE_MM, PIXEL_MM, PIXEL_MM
    else:
        between, row, column = picture_spacing(study.grid)
    found: dict[str, object] = {
        "lesions": sorted((sizes * between * row * column / 1000).tolist(), reverse=True),
        "top": sorted(probability.tolist(), reverse=True)[:5],
        "slices": len(probability),
        "called": int(mask.any(axis=(1, 2)).sum()),
        "slice_mm": between,
    }
    if not count:
        return found
    largest = labels == 1 + int(sizes.argmax())
    extent = np.flatnonzero(largest.any(axis=(1, 2)))
    found["extent"] = int(extent[-1] - extent[0] + 1)
    pictures = {s: to_pictures(i.array, i.grid) for s, i in study.images.items()}
    scales = {s: intensity_scale(i.array, "") for s, i in study.images.items()}
    for sequence, stack in pictures.items():
        value = float(np.median(stack[largest]))
        found[sequence.value] = (value - scales[sequence].low) / scales[sequence].unit
    plane = midline(study, scales[Channel.FLAIR])
    length = float(np.hypot(*plane.normal[1:]))
    points = np.argwhere(mask)
    distance = (points @ plane.normal - plane.offset) / length
    other = points - 2 * distance[:, None] * np.array([0, *plane.normal[1:] / length])
    other = np.clip(np.round(other).astype(int), 0, np.array(mask.shape) - 1)
    grown = ndimage.binary_dilation(mask, np.ones((1, 3, 3)), iterations=_NEAR_PX)
    found["symmetric"] = float(grown[tuple(other.T)].mean())
    in_largest = (np.argwhere(largest) @ plane.normal - plane.offset) / length
    found["from_middle_mm"] = abs(float(in_largest.mean())) * column
    return found


def answered(study: Study, model: Model) -> dict[str, object]:
    """As `measured`, with the network that ships."""
    prepared = prepare(study, model.plan)
    answer = predict(prepared, model)
    pixels = prepared.restore.pictures(answer.planes)
    decided = decide(pixels, answer.presence, model.plan, prepared.restore.window.pixel_area)
    return measured(study, decided.mask, decided.probability)


def _keep(cache: Path, name: str, found: dict[str, object]) -> None:
    (cache / f"{name}.json").write_text(json.dumps(found))
    print(name, [round(v, 2) for v in found["lesions"]][:4], round(found["top"][0], 3), flush=True)


def real(data: Path, run: Path, cache: Path) -> None:
    cases = {path.name: path for path in list_cases(data)}
    for case in read_archive(run / ARCHIVE).cases:
        name = f"real-{case.study_id}"
        if not (cache / f"{name}.json").exists():
            study = read_case(cases[case.study_id])
            _keep(cache, name, {"fold": case.fold, **measured(study, case.mask, case.probability)})


def made(path: Path, data: Path) -> Iterator[tuple[str, Study, dict[str, object]]]:
    """The made studies of one patient."""
    study = read_case(path)
    truth = read_references(data, [path.name])[path.name].mask
    seed = zlib.crc32(path.name.encode())
    free = tumour_free(study, truth, seed)
    if free is None:
        return
    yield "free", free, {}
    head = head_of(free)
    yield "ms", multiple_sclerosis(head, seed), {}
    yield "white", white_matter_disease(head, seed), {}
    small, ml = small_glioma(study, head, truth, seed)
    if ml:
        yield "small", small, {"ml": ml}


def phantoms(model: Model, cache: Path, count: int) -> None:
    """Phantoms with a lesion of 1 to 5 ml, and as many without one."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        ml = float(np.exp(rng.uniform(0, np.log(5))))
        radius = (ml * 1000 * 3 / 4 / np.pi) ** (1 / 3)
        side = rng.choice([-1, 1])
        centre = (side * rng.uniform(25, 40), rng.uniform(-40, 30), rng.uniform(10, 45))
        for kind, lesions in (("phantom", [Lesion(centre, radius)]), ("phantomfree", [])):
            name = f"{kind}-{seed}"
            if not (cache / f"{name}.json").exists():
                study, truth = phantom_study(seed, lesions)
                true = float(truth.array.sum()) * truth.grid.voxel_ml
                _keep(cache, name, {"ml": true, **answered(study, model)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--part", type=int, nargs=2, default=(0, 1), help="share of the patients")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    part, parts = arguments.part
    model = load_model(threads=1)
    folds = {name: k for k in range(lgg90().k) for name in lgg90().test(k)}
    cases = list_cases(arguments.data)
    # In steps, so that what is there after a while is from all over the set.
    for path in [cases[at] for step in range(5) for at in range(step, len(cases), 5)][part::parts]:
        done = arguments.cache / f"done-{path.name}"
        if done.exists():
            continue
        for kind, study, more in made(path, arguments.data):
            found = {"fold": folds[path.name], **more, **answered(study, model)}
            _keep(arguments.cache, f"{kind}-{path.name}", found)
        done.touch()
    if part == 0:
        real(arguments.data, arguments.run, arguments.cache)
        phantoms(model, arguments.cache, 20)


if __name__ == "__main__":
    main()
