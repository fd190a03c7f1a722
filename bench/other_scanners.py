"""Why outlines on other scanners come out too small: known lesions under changed pictures.

`python bench/other_scanners.py DATA -o bench/results/other_scanners.json`: every sixth LGG patient
as he is and changed: FLAIR alone, no skull, another contrast curve, blur, noise, and cores that
high-grade gliomas have (necrosis dark on FLAIR with a rim on T1GD, or solid and enhancing), each of
so large a share of the expert's outline. The network that ships has learned from these patients:
what counts is how its figures fall, not where they stand. `--run RUN` asks the networks of a
cross-validation with its weights for patients that they never saw instead; `--only` names changes.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from glioscope.evaluation.metrics.volume import dice_volume
from glioscope.evaluation.predictions.references import read_references
from glioscope.evaluation.splits.folds import lgg90
from glioscope.evaluation.variants.changes import flair_only, skull_removed
from glioscope.files import atomic_json
from glioscope.model.bundle import Model, load_model
from glioscope.model.postprocess import SliceDecisions, decide
from glioscope.model.preprocess import intensity_scale, prepare
from glioscope.orientation import from_pictures, to_pictures
from glioscope.pipeline import predict
from glioscope.reading.lgg import list_cases, read_case
from glioscope.study import Channel, Study
from glioscope.volume import Image
from machine import machine

Pictures = np.ndarray
# What becomes of a sequence's pictures, scaled so that air is 0 and the head's median 1.
Change = Callable[[Channel, Pictures], Pictures]
# Intensities of cores and of the rim, the lesion's surroundings being about 1.
NECROSIS = {Channel.T1: 0.5, Channel.FLAIR: 0.55, Channel.T1GD: 0.5}
SOLID = {Channel.T1: 0.85, Channel.FLAIR: 1.15, Channel.T1GD: 2.0}
RIM, RIM_PIXELS, TEXTURE, SOFT = 2.2, 2, 0.04, 0.8


def changed(study: Study, change: Change) -> Study:
    images = {}
    for sequence, image in study.images.items():
        low, unit = intensity_scale(image.array, sequence.value)
        pictures = change(sequence, (to_pictures(image.array, image.grid) - low) / unit)
        back = np.asarray(pictures * unit + low, np.float32)
        images[sequence] = Image(from_pictures(back, image.grid), image.grid)
    return replace(study, images=images)


def gamma(exponent: float) -> Change:
    return lambda _, x: np.where(x > 0, np.maximum(x, 1e-6) ** exponent, x)


def blur(_: Channel, x: Pictures) -> Pictures:
    return ndimage.gaussian_filter(x, (0, 1.5, 1.5))


def noise(_: Channel, x: Pictures) -> Pictures:
    return x + np.random.default_rng(1).normal(0, 0.12, x.shape)


def core_of(truth: np.ndarray, share: float) -> np.ndarray:
    """The pixels that lie deepest in the outline of their slice."""
    depth = np.stack([ndimage.distance_transform_edt(plane) for plane in truth])
    least = np.quantile(depth[truth], 1 - share)
    return ndimage.binary_opening(depth > least, np.ones((1, 3, 3)))


def with_core(truth: np.ndarray, share: float, levels: dict[Channel, float]) -> Change:
    core = core_of(truth, share)
    wide = ndimage.binary_dilation(core, np.ones((1, 3, 3)), iterations=RIM_PIXELS)
    soft, rim = (
        ndimage.gaussian_filter(part.astype(np.float32), (0, SOFT, SOFT))
        for part in (core, wide & ~core & truth)
    )

    def change(sequence: Channel, x: Pictures) -> Pictures:
        texture = np.random.default_rng(0).normal(0, TEXTURE, x.shape)
        x = x * (1 - soft) + soft * (levels[sequence] + texture)
        if levels is NECROSIS and sequence is Channel.T1GD:
            x = x * (1 - rim) + rim * RIM
        return x

    return change


def variants(study: Study, truth: np.ndarray) -> dict[str, Callable[[], Study]]:
    """Studies by the name of their change, made when they are asked for."""

    def dark(share: float) -> Study:
        return changed(study, with_core(truth, share, NECROSIS))

    return {
        "as it is": lambda: study,
        "FLAIR alone": lambda: flair_only(study),
        "no skull": lambda: skull_removed(study),
        "gamma 0.6": lambda: changed(study, gamma(0.6)),
        "gamma 1.6": lambda: changed(study, gamma(1.6)),
        "blur": lambda: changed(study, blur),
        "noise": lambda: changed(study, noise),
        "dark core 0.2": lambda: dark(0.2),
        "dark core 0.4": lambda: dark(0.4),
        "dark core 0.6": lambda: dark(0.6),
        "dark core 0.4, FLAIR alone": lambda: flair_only(dark(0.4)),
        "solid core 0.4": lambda: changed(study, with_core(truth, 0.4, SOLID)),
    }


def answer(study: Study, model: Model) -> SliceDecisions:
    prepared = prepare(study, model.plan)
    said = predict(prepared, model)
    area = prepared.restore.window.pixel_area
    return decide(prepared.restore.pictures(said.planes), said.presence, model.plan, area)


def figures(mask: np.ndarray, called: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    positive = truth.any(axis=(1, 2))
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in mask])
    return {
        "volume_ratio": float(mask.sum() / truth.sum()),
        "volume_ratio_holes_filled": float(filled.sum() / truth.sum()),
        "dice": dice_volume(truth, mask),
        "recall": float((called & positive).sum() / positive.sum()),
        "specificity": float((~called & ~positive).sum() / max(1, (~positive).sum())),
    }


def models(run: Path | None, names: list[str]) -> Iterator[tuple[Model, list[str]]]:
    """Each network with the patients that it is asked for."""
    if run is None:
        yield load_model(), names[::6]
        return
    from glioscope.analysis_parts import ModelInfo
    from glioscope.model.engine import OnnxEngine
    from glioscope.model.plan import Plan
    from glioscope.training.config import load_config
    from glioscope.training.export.onnx import to_onnx
    from glioscope.training.folds.cross_validation import RAW, fold_run
    from glioscope.training.loop.fit import WEIGHTS

    folds = lgg90()
    # Thresholds of the recipe that ships, so that two runs differ by their networks alone.
    plan = Plan.load(Path(__file__).parents[1] / "results" / "robust" / "plan.json")
    for k in range(folds.k):
        folder = fold_run(run, folds, k)
        if (folder / RAW).exists():
            engine = OnnxEngine(to_onnx(load_config(folder), [folder / WEIGHTS]), plan)
            yield Model(plan, engine, ModelInfo(plan.name, plan.version, "")), list(folds.test(k))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python bench/other_scanners.py", description=__doc__)
    parser.add_argument("data", type=Path, help="LGG folder")
    parser.add_argument("--run", type=Path, help="cross-validation with its folds' weights")
    parser.add_argument("--only", nargs="+", default=[], help="names of changes")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args(arguments)
    paths = {path.name: path for path in list_cases(options.data)}
    found: dict[str, list[dict[str, float]]] = {}
    for model, names in models(options.run, sorted(paths)):
        references = read_references(options.data, names)
        for name in names:
            study, truth = read_case(paths[name]), np.asarray(references[name].mask)
            for change, make in variants(study, truth).items():
                if not options.only or change in options.only:
                    decided = answer(make(), model)
                    found.setdefault(change, []).append(
                        figures(decided.mask, decided.called, truth)
                    )
            print(name, flush=True)
    table = {change: summary(rows) for change, rows in found.items()}
    if options.output:
        how = f"networks of {options.run.name}, held-out patients" if options.run else "as shipped"
        document = {"schema": "glioscope.bench-other-scanners/1", "machine": machine()}
        atomic_json(options.output, document | {"network": how, "changes": table})
    print(text(table))


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Medians of volume ratios, means of the others, over patients."""
    ratios = [key for key in rows[0] if key.startswith("volume")]
    middle = {key: float(np.median([row[key] for row in rows])) for key in ratios}
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return {"patients": len(rows)} | means | middle


def text(table: dict[str, dict[str, float]]) -> str:
    columns = list(next(iter(table.values())))
    lines = [f"{'':<28}" + "".join(f"{c[:12]:>13}" for c in columns)]
    for change, row in table.items():
        lines.append(f"{change:<28}" + "".join(f"{row[c]:>13.3f}" for c in columns))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
