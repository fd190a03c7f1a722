import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from glioscope.errors import UnreadableFile, UsageError
from glioscope.files import atomic_text
from glioscope.training.loop.checkpoint import save_weights
from glioscope.training.network.unet import build
from toy_training import toy_config

# Of a piece: the toy makes several of it.
MIB = 0.005
CARRY = Path(__file__).parents[2] / "bench" / "gpu" / "carry.py"


@pytest.fixture(scope="module")
def carry() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gpu_carry", CARRY)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path: Path) -> Path:
    fold = tmp_path / "run" / "network" / "fold0"
    config = toy_config()
    atomic_text(fold / "config.json", config.to_json())
    save_weights(fold / "model.weights.h5", build(config.network, config.size))
    np.savez(fold / "held_out.npz", planes=np.arange(4))
    np.savez(fold / "checkpoint.npz", w0=np.zeros(4))
    atomic_text(tmp_path / "run" / "campaign.json", "{}\n")
    (tmp_path / "run" / "prepared").mkdir()
    np.savez(tmp_path / "run" / "prepared" / "held_out_side.npz", x=np.zeros(4))
    return tmp_path / "run"


def weights(fold: Path) -> list[np.ndarray]:
    config = toy_config()
    network = build(config.network, config.size)
    network.load_weights(fold / "model.weights.h5")
    return [keras.ops.convert_to_numpy(w) for w in network.weights]


def collected(carry: ModuleType, run: Path, output: Path, mib: float = MIB) -> Path:
    first, total = 0, 1
    while first < total:
        said = carry.collect(run, output, first=first, most=2, mib=mib)
        total, first = int(said.split()[-1]) + 1, first + 2
    return output


def test_the_run_comes_home_with_its_networks(carry: ModuleType, run: Path, tmp_path: Path) -> None:
    out = collected(carry, run, tmp_path / "out")
    pieces = sorted(out.glob("piece-*.bin"))
    assert len(pieces) > 2
    assert max(p.stat().st_size for p in pieces) <= MIB * 2**20
    carry.join(out, tmp_path / "home")
    home = tmp_path / "home" / "network" / "fold0"
    assert sorted(p.name for p in (tmp_path / "home").rglob("*.*")) == [
        "campaign.json", "config.json", "held_out.npz", "model.weights.h5", "weights16.npz",
    ]  # fmt: skip
    pairs = list(zip(weights(run / "network" / "fold0"), weights(home), strict=True))
    assert all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in pairs)
    assert any(a.any() for a, _ in pairs)


def test_a_missing_or_damaged_piece_is_refused(
    carry: ModuleType, run: Path, tmp_path: Path
) -> None:
    out = collected(carry, run, tmp_path / "out")
    piece = out / "piece-001.bin"
    whole = piece.read_bytes()
    piece.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(UnreadableFile, match="damaged"):
        carry.join(out, tmp_path / "home")
    piece.unlink()
    with pytest.raises(UnreadableFile, match=r"piece-001\.bin missing"):
        carry.join(out, tmp_path / "home")
    assert not (tmp_path / "home" / "network").exists()


def test_calls_out_of_order_are_refused(carry: ModuleType, run: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="begin with --first 0"):
        carry.collect(run, tmp_path / "out", first=1)
    with pytest.raises(UsageError, match="there are pieces"):
        collected(carry, run, tmp_path / "out", mib=50)
        carry.collect(run, tmp_path / "out", first=7, mib=50)
