"""The rows of the ablation: the paper's recipe to a preset of ours, one ingredient at a time."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from glioscope.errors import UsageError
from glioscope.training.config import TrainConfig, load_preset

BASE = "paper-small"
# The same in every row, so that rows differ by their ingredient and not by what they may spend.
COST = {"precision": "mixed_bfloat16", "jit": False}
# Decided by cost or by the split, never an ingredient.
_NOT_INGREDIENTS = {"name", "stages", "samples_per_epoch", "validate_every", "seed", *COST}


@dataclass(frozen=True)
class Ingredient:
    """Fields of the configuration, with dots, that are taken over from the target together."""

    key: str
    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One network of the table; `previous` is the row it is compared with, None for the first."""

    key: str
    title: str
    config: TrainConfig
    previous: str | None


INGREDIENTS = (
    Ingredient(
        "trunk",
        "trunk at half resolution, one convolution per decoder block, our widths",
        tuple(
            f"network.{f}" for f in ("widths", "encoder_convs", "decoder_convs", "stem", "slope")
        ),
    ),
    Ingredient("neighbours", "a neighbouring slice on each side (2.5D)", ("network.context",)),
    Ingredient("dice-ce", "Dice + cross-entropy in place of MSE", ("loss",)),
    Ingredient("presence", "slice head", ("network.presence", "presence_weight")),
    Ingredient(
        "sampling", "more slices with tumour, small ones and near ones", ("positive_share",)
    ),
    Ingredient(
        "geometry",
        "rotation, zoom, shift, shear, mirror",
        tuple(f"augment.{f}" for f in ("rotate", "scale", "shift", "shear", "flip")),
    ),
    Ingredient(
        "intensity",
        "gamma, contrast, bias field, noise, coarser resolution",
        tuple(f"augment.{f}" for f in ("gamma", "contrast", "bias", "noise", "blur")),
    ),
    Ingredient(
        "sequences",
        "sequences replaced by FLAIR, neighbours by the middle slice",
        ("augment.drop_sequence", "augment.drop_context"),
    ),
    Ingredient("skull", "skull removed at random", ("augment.skull",)),
    Ingredient("core", "cores painted into lesions", ("augment.core",)),
    Ingredient(
        "schedule",
        "AdamW, one cycle, mean of the weights (EMA)",
        ("optimizer", "learning_rate", "weight_decay", "schedule", "ema"),
    ),
    Ingredient("deep", "deep supervision", ("network.deep", "deep_weight")),
)


def rows(target: TrainConfig, side: int, epochs: int, samples: int, seed: int = 0) -> list[Row]:
    """The paper's recipe, then one row per ingredient of `target`, last the finer side.

    Raises:
        UsageError: `target` differs from the paper's recipe in something that no ingredient has,
            or there are fewer than two epochs, which the finer side needs.
    """
    if epochs < 2:
        raise UsageError("text", text=f"the finer side needs two epochs or more, got {epochs}")
    base = replace(
        load_preset(BASE),
        stages=((side, epochs),),
        samples_per_epoch=samples,
        validate_every=epochs,
        seed=seed,
        **COST,
    )
    made = list(_chain(base, target))
    _require_whole(made[-1].config, target)
    return made


def _chain(config: TrainConfig, target: TrainConfig) -> Iterator[Row]:
    previous = "paper"
    yield _row(previous, "the paper's network, loss, optimizer and rate", config, None)
    for ingredient in INGREDIENTS:
        for field in ingredient.fields:
            config = with_field(config, field, field_of(target, field))
        yield _row(ingredient.key, f"+ {ingredient.title}", config, previous)
        previous = ingredient.key
    [(side, epochs)] = config.stages
    late = max(1, epochs * 7 // 16)
    unit = config.network.multiple
    finer = max(side + unit, round(1.5 * side / unit) * unit)
    config = replace(config, stages=((side, epochs - late), (finer, late)))
    yield _row("finer", f"+ the last {late} of {epochs} epochs at side {finer}", config, previous)


def _row(key: str, title: str, config: TrainConfig, previous: str | None) -> Row:
    return Row(key, title, replace(config, name=f"ablation-{key}"), previous)


def field_of(config: TrainConfig, field: str) -> Any:
    """The value of a field named with dots: `network.context`."""
    value: Any = config
    for name in field.split("."):
        value = getattr(value, name)
    return value


def with_field(config: TrainConfig, field: str, value: Any) -> TrainConfig:
    """A copy with one field, named with dots, replaced."""
    head, _, rest = field.partition(".")
    return replace(
        config, **{head: replace(getattr(config, head), **{rest: value}) if rest else value}
    )


def differing(one: TrainConfig, other: TrainConfig) -> set[str]:
    """Fields, with dots, in which two configurations differ, without those of cost."""
    left, right = (_flat(asdict(config)) for config in (one, other))
    return {name for name in left if left[name] != right[name]} - _NOT_INGREDIENTS


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else None
        flat |= inner if inner is not None else {f"{prefix}{name}": value}
    return flat


def _require_whole(last: TrainConfig, target: TrainConfig) -> None:
    missed = differing(last, target)
    if missed:
        raise UsageError(
            "text",
            text=f"no ingredient of the ablation has {', '.join(sorted(missed))} of {target.name}; "
            "add it to bench/ablation_rows.py",
        )
