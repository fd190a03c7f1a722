"""One frozen description of a training run, read from a preset file and saved in the run folder."""

import json
import tomllib
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

from glioscope.errors import UsageError
from glioscope.model.plan import Plan


@dataclass(frozen=True)
class NetworkConfig:
    """The U-Net's shape.

    Attributes:
        widths: filters of each encoder level and, last, of the bridge.
        encoder_convs, decoder_convs: 3×3 convolutions per block.
        stem: 1 keeps the input size; 2 halves it with a strided convolution and doubles it again
            at the head, which costs a quarter.
        context: neighbouring slices on each side (0 is the paper's single slice).
        presence: add the slice head beside the mask.
        deep: decoder levels below the top one that get a mask of their own while training (deep
            supervision); 0 leaves them out. They cost nothing once trained.
        slope: of LeakyReLU for negative values.
        classes: names of what is told apart within the tumour; empty leaves that head out. A preset
            leaves it empty, the set that is trained on names them (`training.data.classes`).
    """

    widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    encoder_convs: int = 2
    decoder_convs: int = 2
    stem: Literal[1, 2] = 1
    context: int = 0
    presence: bool = False
    deep: int = 0
    slope: float = 0.01
    classes: tuple[str, ...] = ()

    @property
    def multiple(self) -> int:
        """The input side must be a multiple of this."""
        return self.stem * 2 ** (len(self.widths) - 1)


def deep_name(level: int) -> str:
    """Name of the mask output that decoder `level` has while training; the top one is 1."""
    return f"mask{level}"


@dataclass(frozen=True)
class AugmentConfig:
    """Strength of each change; 0 leaves it out. Probabilities are per sample.

    Attributes:
        rotate: largest rotation in degrees. scale: largest relative zoom. shift: largest shift as
            a share of the side. shear: largest shear.
        flip: probability of a left-right mirror.
        gamma: largest exponent is 1 + gamma, smallest its inverse. contrast: largest relative
            change of contrast and gain per sequence.
        bias: amplitude of the smooth multiplicative field. noise: largest standard deviation, in
            units of the head's median.
        blur: probability of a coarser in-plane resolution, two or three times along either axis.
        skull: probability that everything but the brain is erased and the rest scaled anew.
        drop_sequence: probability that T1, and independently T1GD, is replaced by FLAIR.
        drop_context: probability that the neighbours repeat the middle slice.
        core: probability that a lesion has a core painted in, dark or enhancing.
    """

    rotate: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    shear: float = 0.0
    flip: float = 0.0
    gamma: float = 0.0
    contrast: float = 0.0
    bias: float = 0.0
    noise: float = 0.0
    blur: float = 0.0
    skull: float = 0.0
    drop_sequence: float = 0.0
    drop_context: float = 0.0
    core: float = 0.0


@dataclass(frozen=True)
class Teacher:
    """A finished cross-validation whose networks taught this one.

    Attributes:
        name, seed: its preset and seed.
        sha256: over the final weights of its folds, in order, so that two runs with equal teachers
            had the very same networks.
    """

    name: str
    seed: int
    sha256: str


@dataclass(frozen=True)
class Start:
    """The model whose network a training began with: name, version, and SHA-256 of its weights."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run.

    Attributes:
        stages: (input side, epochs) in order; more than one trains small first.
        samples_per_epoch: slices drawn per epoch; 0 passes once over all of them.
        positive_share: share of drawn slices with tumour; 0 draws evenly.
        schedule: `constant`, or `one_cycle` (warm-up over a tenth, then cosine to zero).
        presence_weight: weight of the slice head's cross-entropy.
        deep_weight: weight of the mask loss one level down; each further level has half of it.
        class_weight: weight of the loss on classes, where the set keeps several apart; 0 takes them
            as one.
        teacher_weight: share of the teachers' probability in every target of a training patient,
            0 to 1; the label has the rest.
        teachers: who taught; a preset leaves it empty, the run's own configuration names them.
        start: what the network began with; None where by chance. A preset leaves it empty, too.
        ema: momentum of the weight average; 0 leaves it out.
        validate_every: epochs between two looks at the validation slices.
        patience: epochs without a better validation loss before stopping; 0 never stops. Only a
            split with a validation part of its own may use it.
        precision: Keras dtype policy.
        jit: compile each step with XLA, which takes a while once per stage and pays after that.
    """

    name: str
    stages: tuple[tuple[int, int], ...]
    network: NetworkConfig = field(default_factory=NetworkConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    loss: Literal["mse", "dice_ce", "soft_dice_ce"] = "mse"
    optimizer: Literal["adam", "adamw"] = "adam"
    learning_rate: float = 3e-4
    weight_decay: float = 0.0
    schedule: Literal["constant", "one_cycle"] = "constant"
    batch_size: int = 16
    samples_per_epoch: int = 0
    positive_share: float = 0.0
    presence_weight: float = 0.3
    deep_weight: float = 0.4
    class_weight: float = 0.5
    teacher_weight: float = 0.0
    teachers: tuple[Teacher, ...] = ()
    start: Start | None = None
    ema: float = 0.0
    patience: int = 0
    validate_every: int = 1
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    jit: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for size, epochs in self.stages:
            if size % self.network.multiple or epochs < 1:
                raise UsageError(
                    "training.stage",
                    preset=self.name,
                    size=size,
                    epochs=epochs,
                    multiple=self.network.multiple,
                )
        if not self.stages or self.batch_size < 1 or self.learning_rate <= 0:
            raise UsageError("training.empty", preset=self.name)
        if not 0 <= self.teacher_weight <= 1:
            raise UsageError(
                "training.teacher_weight", preset=self.name, weight=self.teacher_weight
            )

    @property
    def epochs(self) -> int:
        """Epochs over all stages."""
        return sum(epochs for _, epochs in self.stages)

    @property
    def size(self) -> int:
        """Input side of the last stage, the one that is served."""
        return self.stages[-1][0]

    def size_at(self, epoch: int) -> int:
        """Input side in epoch `epoch`, counted from 0."""
        for size, epochs in self.stages:
            if epoch < epochs:
                return size
            epoch -= epochs
        return self.size

    def plan(self, size: int | None = None, version: str = "0") -> Plan:
        """The plan this run trains for, with thresholds not chosen yet."""
        return Plan(
            name=self.name,
            version=version,
            size=size or self.size,
            context=self.network.context,
            classes=self.network.classes,
        )

    def to_json(self) -> str:
        """The text of `config.json` in a run folder, with classes and start where it has them."""
        values = asdict(self)
        if self.start is None:
            del values["start"]
        if not self.network.classes:
            del values["network"]["classes"], values["class_weight"]
        return json.dumps(values, indent=2) + "\n"

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from plain values.

        Raises:
            UsageError: unknown or missing fields.
        """
        values = dict(values)
        try:
            network = dict(values.pop("network", {}))
            start = values.pop("start", None)
            for name in {"widths", "classes"} & network.keys():
                network[name] = tuple(network[name])
            return cls(
                network=NetworkConfig(**network),
                augment=AugmentConfig(**values.pop("augment", {})),
                stages=tuple((int(s), int(e)) for s, e in values.pop("stages")),
                start=start and Start(**start),
                teachers=tuple(Teacher(**teacher) for teacher in values.pop("teachers", ())),
                **values,
            )
        except (TypeError, KeyError, ValueError) as error:
            raise UsageError("training.configuration", reason=str(error)) from error


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    folder = resources.files("glioscope.training") / "presets"
    return sorted(
        f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")
    )


def load_preset(name: str) -> TrainConfig:
    """Read a preset by name, or a `.toml` file by path.

    Raises:
        UsageError: there is no such preset, or its fields are off.
    """
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        text = path.read_text(encoding="utf-8")
        name = path.stem
    elif name in preset_names():
        text = (resources.files("glioscope.training") / "presets" / f"{name}.toml").read_text(
            "utf-8"
        )
    else:
        raise UsageError("training.no_preset", preset=name, presets=", ".join(preset_names()))
    try:
        return TrainConfig.from_dict({"name": name, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise UsageError("training.preset_unreadable", preset=name, reason=str(error)) from error


def load_config(run: Path) -> TrainConfig:
    """Read `config.json` of a run folder.

    Raises:
        UsageError: it is missing or off.
    """
    try:
        return TrainConfig.from_dict(json.loads((run / "config.json").read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise UsageError("training.config_unreadable", run=run.name, reason=str(error)) from error
