"""The GPU campaign: one script, named steps, each kept when done and gone on with when cut off.

    KERAS_BACKEND=jax python bench/gpu/campaign.py --data kaggle_3m --run RUN --seconds 540

Call it again with the same arguments until it says that all is done. docs/how-to/train-on-a-gpu.md
has the exact calls. This file imports nothing heavy: processes that prepare slices read it again.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign_state import Campaign, record_path

from glioscope.files import atomic_json

if TYPE_CHECKING:
    from glioscope.training.on_device.fit import Clock

HERE = Path(__file__).parent
STEPS = ("peak", "prepare", "race", "plan", "folds", "all")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    campaign = Campaign(options, _start(options))
    done = run_steps(campaign, options.steps)
    summary = summarise(options.run)
    atomic_json(options.run / "campaign.json", summary)
    print(json.dumps(summary, indent=2))
    print("all steps are done" if done else "stopped in time: call it again to go on")
    return 0 if done else 75  # EX_TEMPFAIL of sysexits.h


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train on one GPU, within a budget of time.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the LGG cases")
    parser.add_argument("--run", type=Path, required=True, help="folder for everything it makes")
    parser.add_argument("--cache", type=Path, help="prepared slices; RUN/prepared by default")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--seconds", type=float, default=540, help="stop cleanly before these end")
    parser.add_argument("--fold-seconds", type=float, default=150, help="for each of six networks")
    parser.add_argument("--preset", default="robust-gpu")
    parser.add_argument("--race", type=Path, default=HERE / "race.toml")
    parser.add_argument("--goal", type=float, default=0.812, help="the paper's IoU")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--save-every", type=float, default=30, help="seconds between checkpoints")
    parser.add_argument("--matrix", type=int, default=8192, help="side of the product timed")
    parser.add_argument("--rehearse", type=int, default=0, help="only so many cases of each fold")
    return parser.parse_args(arguments)


def _start(options: argparse.Namespace) -> "Clock":
    """The clock, and JAX's store of compiled functions, so that no run compiles twice."""
    import jax

    from glioscope.training.on_device.fit import Clock

    options.run.mkdir(parents=True, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", str(options.run / "compiled"))
    return Clock.of(options.seconds)


def run_steps(campaign: Campaign, names: Sequence[str]) -> bool:
    """Run the named steps in their order; False when time ran out before the last."""
    for name in (step for step in STEPS if step in names):
        if record_path(campaign.run, name).exists():
            continue
        if not campaign.clock.allows(0):
            return False
        began = time.perf_counter()
        print(f"step {name}", flush=True)
        found = _functions()[name](campaign)
        if found is None:
            return False
        seconds = round(time.perf_counter() - began, 1)
        atomic_json(record_path(campaign.run, name), {"step_s": seconds, **found})
    return True


def _functions() -> dict[str, Callable[[Campaign], dict[str, Any] | None]]:
    import networks
    import peak
    import race

    return {
        "peak": lambda c: peak.measure(c.options.matrix),
        "prepare": prepare,
        "race": race.race,
        "plan": networks.plan,
        "folds": networks.folds,
        "all": networks.all_patients,
    }


def prepare(campaign: Campaign) -> dict[str, Any]:
    """Slices at every side, changed studies and reference masks, into the cache."""
    config, race = campaign.preset(), campaign.race_preset()
    sides = {size: c.plan(size) for c in (config, race) for size, _ in c.stages}
    prepared = campaign.prepared()
    prepared.make(sides.values(), config.plan(), campaign.options.processes)
    return {"cases": len(prepared.cases), "sides": sorted(sides)}


def summarise(run: Path) -> dict[str, Any]:
    """What every step recorded, and of each trained network what its history says."""
    from glioscope.training.loop.history import read_history

    found = {
        s: json.loads(record_path(run, s).read_text())
        for s in STEPS
        if record_path(run, s).exists()
    }
    peak = found.get("peak", {}).get("bf16_flop_per_s")
    runs = sorted(p.parent for p in run.rglob("history.csv") if (p.parent / "config.json").exists())
    trained = {str(r.relative_to(run)): _trained(read_history(r), peak) for r in runs}
    return {"schema": "glioscope.gpu-campaign/1", "steps": found, "runs": trained}


def _trained(rows: list[dict[str, float]], peak: float | None) -> dict[str, Any]:
    last = int(rows[-1]["size"])
    of_last = [row for row in rows if row["size"] == last]
    seconds = sum(row["seconds"] for row in of_last)
    rate = sum(row["flop_per_s"] * row["seconds"] for row in of_last) / seconds
    slices = sum(row["slices_per_s"] * row["seconds"] for row in of_last) / seconds
    return {
        "epochs": len(rows),
        "train_s": round(sum(row["seconds"] for row in rows), 1),
        "compile_s": round(sum(row["compile_s"] for row in rows), 1),
        "side": last,
        "slices_per_s": round(slices, 1),
        "flop_per_s": round(rate),
        "share_of_bf16_peak": round(rate / peak, 4) if peak else None,
    }


if __name__ == "__main__":
    raise SystemExit(main())
