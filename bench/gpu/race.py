"""Time to the paper's 0.812: its own split by slices, which leaks, from untrained weights."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from campaign_state import Campaign

if TYPE_CHECKING:
    import keras

    from glioscope.evaluation.splits.leaky import PaperLeakySplit
    from glioscope.model.plan import Plan
    from glioscope.training.config import TrainConfig
    from glioscope.training.data.slices import SliceStore

CHECKS = "checks"


def race(campaign: Campaign) -> dict[str, Any] | None:
    """Train until `iou_hits` reaches the goal; None when time ran out.

    After each epoch the mean over 20 draws of 90 validation slices is taken, and the first that
    reaches the goal ends the race. The 90 test slices, which decide nothing, are scored once at the
    end. Seconds are those of training, of compiling and of the checks; slices are prepared before.
    """
    from glioscope.training.loop.fit import TrainingData
    from glioscope.training.on_device.fit import fit_on_device

    config, prepared = campaign.race_preset(), campaign.prepared()
    store = prepared.load(config.size)
    split = _split(campaign, store)
    position = {name: index for index, name in enumerate(store.names)}
    judge = Judge(config, store, prepared.references(), split, campaign.run / "race")
    trained = fit_on_device(
        config,
        TrainingData(prepared.load, np.array([position[n] for n in split.train]), np.arange(0)),
        campaign.run / "race",
        resume=True,
        clock=campaign.clock,
        watch=lambda epoch, model: judge.look(epoch, model) >= campaign.options.goal,
        save_every_s=campaign.options.save_every,
    )
    return judge.verdict(trained, campaign.options.goal) if trained is not None else None


def _split(campaign: Campaign, store: "SliceStore") -> "PaperLeakySplit":
    from glioscope.evaluation.splits.leaky import paper_leaky_split

    return paper_leaky_split(store.names, campaign.race_preset().seed)


class Judge:
    """Scores a network on slices that it was not trained on, and keeps the record on disk."""

    def __init__(
        self,
        config: "TrainConfig",
        store: "SliceStore",
        references: dict[str, np.ndarray],
        split: "PaperLeakySplit",
        run: Path,
    ) -> None:
        from glioscope.training.loop.history import read_history

        self.config, self.store, self.references = config, store, references
        self.split, self.run = split, run
        self.folder = run / CHECKS
        self.rows = read_history(self.folder)
        self._answer: Any = None
        self._model: Any = None

    def look(self, epoch: int, model: "keras.Model") -> float:
        """Mean `iou_hits` over the draws of validation slices; 0 where no draw has a hit."""
        from glioscope.training.loop.history import write_history

        began = time.perf_counter()
        found = self.score(model, self.split.validation, _draws(self.split.validation))
        # A run that was cut off between two checkpoints checks an epoch anew.
        self.rows = [row for row in self.rows if row["epoch"] < epoch]
        seconds = round(time.perf_counter() - began, 3)
        self.rows.append({"epoch": epoch, "iou_hits": found, "seconds": seconds})
        write_history(self.folder, self.rows)
        print(f"  epoch {epoch}: iou_hits {found:.4f}", flush=True)
        return found

    def score(self, model: "keras.Model", names: tuple[str, ...], draws: list[np.ndarray]) -> float:
        """Mean over draws (positions in `names`) of the mask IoU of the true-positive slices."""
        from glioscope.evaluation.metrics import iou_hits, slice_overlap

        truth = np.stack([self.references[name] for name in names])
        masks = self.predict(model, names, truth.shape[1:])
        values = [iou_hits(slice_overlap(truth[d], masks[d])) for d in draws]
        return float(np.mean([v for v in values if v is not None] or [0.0]))

    def predict(
        self, model: "keras.Model", names: tuple[str, ...], shape: tuple[int, ...]
    ) -> np.ndarray:
        """Masks on the source's pictures at probability 0.5."""
        from glioscope.model.postprocess import decide

        index = {name: i for i, name in enumerate(self.store.names)}
        at = np.array([index[name] for name in names])
        said = self._predictor(model)(self.store.planes, at)
        plan = self.config.plan()
        window = _window(plan, shape)
        pixels = np.stack([window.back(plane) for plane in said.planes])
        return decide(pixels, said.presence, plan).mask

    def _predictor(self, model: "keras.Model") -> Any:
        """Compiled once per network."""
        from glioscope.training.on_device.predict import predictor

        if model is not self._model:
            self._model = model
            self._answer = predictor(model, self.store, self.config.network.context)
        return self._answer

    def verdict(self, trained: "keras.Model", goal: float) -> dict[str, Any]:
        """What the race came to."""
        from glioscope.training.loop.history import read_history

        history = read_history(self.run)
        last = self.rows[-1]
        checks = sum(row["seconds"] for row in self.rows)
        compiling = sum(row["compile_s"] for row in history)
        training = sum(row["seconds"] for row in history)
        test = self.score(trained, self.split.test, [np.arange(len(self.split.test))])
        return {
            "protocol": str(self.split),
            "goal_iou_hits": goal,
            "reached": last["iou_hits"] >= goal,
            "iou_hits_validation_draws": last["iou_hits"],
            "iou_hits_test": test,
            "epochs": int(last["epoch"]),
            "seconds": round(training + compiling + checks, 1),
            "train_s": round(training, 1),
            "compile_s": round(compiling, 1),
            "checks_s": round(checks, 1),
        }


def _window(plan: "Plan", shape: tuple[int, ...]) -> Any:
    from glioscope.model.preprocess import window_for
    from glioscope.reading.pictures.stack import picture_grid

    return window_for(picture_grid((1, shape[0], shape[1]), None), plan)


def _draws(names: tuple[str, ...]) -> list[np.ndarray]:
    from glioscope.training.folds.leaky import DRAWS, draw_slices

    index = {name: i for i, name in enumerate(names)}
    if len(names) <= 90:  # a rehearsal has fewer than one draw
        return [np.arange(len(names))]
    return [np.array([index[n] for n in d]) for d in draw_slices(list(names), DRAWS, seed=0)]
