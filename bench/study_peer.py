"""A network of others at work: `python study_peer.py KIND SIZE`, in an environment that has it.

Says `ready` with its parameters once its network stands, then for each line `N` on stdin the
seconds that N slices took. Weights are random: time does not depend on them. KIND:

- `torch`, `torch-compiled`: the shape of Buda and others 2019, base width 32, in PyTorch.
- `monai`: MONAI's BasicUNet, 2D, as it comes.
- `keras`, `onnx`: the same shape from our preset `paper`, in Keras and in ONNX Runtime.
- `ours`, `ours-fast`: the shipped network with the mirrored slice, and as it is in 8 bits, which
  looks at the mirrored slice where it suspects something: in six of ten, as it does in patients it
  never saw (`eight_bits.py` prints the share).
- `matmul`: no network; N products of 2048 x 2048, the machine's own peak.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

# Slices at once: the quickest of 1, 4 and 8 differs by machine, and 1 is what a cold study sees.
BATCH = 1
WIDTH = 32
SIDE = 2048
TWICE = 0.6

Answer = Callable[[np.ndarray], Any]


def torch_network() -> Any:
    """Four blocks down and up, two 3x3 convolutions with batch normalisation in each."""
    from torch import cat, nn

    def block(before: int, after: int) -> Any:
        layers: list[Any] = []
        for channels in (before, after):
            layers += [nn.Conv2d(channels, after, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        return nn.Sequential(*layers)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            widths = [WIDTH * 2**k for k in range(5)]
            self.down = nn.ModuleList(map(block, [3, *widths[:-1]], widths))
            self.up = nn.ModuleList(
                nn.ConvTranspose2d(2 * width, width, 2, stride=2) for width in widths[:-1]
            )
            self.joined = nn.ModuleList(block(2 * width, width) for width in widths[:-1])
            self.pool, self.last = nn.MaxPool2d(2), nn.Conv2d(WIDTH, 1, 1)

        def forward(self, x: Any) -> Any:
            kept = []
            for number, step in enumerate(self.down):
                x = step(self.pool(x) if number else x)
                kept.append(x)
            for number in range(3, -1, -1):
                x = self.joined[number](cat([self.up[number](x), kept[number]], 1))
            return self.last(x).sigmoid()

    return Network()


def of_torch(kind: str) -> tuple[Answer, int]:
    import torch

    if kind == "monai":
        from monai.networks.nets import BasicUNet

        network = BasicUNet(spatial_dims=2, in_channels=3, out_channels=1)
    else:
        network = torch_network()
    network.eval()
    run = torch.compile(network) if kind == "torch-compiled" else network

    def answer(slices: np.ndarray) -> Any:
        with torch.inference_mode():
            return run(torch.from_numpy(slices).permute(0, 3, 1, 2)).numpy()

    return answer, sum(one.numel() for one in network.parameters())


def of_keras(kind: str) -> tuple[Answer, int]:
    from glioscope.model.engine import OnnxEngine
    from glioscope.training.config import load_preset
    from glioscope.training.export.onnx import to_onnx
    from glioscope.training.network.unet import build

    config = load_preset("paper")
    network = build(config.network, config.size)
    if kind == "keras":
        return network.predict_on_batch, network.count_params()
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "random.weights.h5"
        network.save_weights(weights)
        return OnnxEngine(to_onnx(config, [weights]), config.plan()), network.count_params()


def of_ours(kind: str) -> tuple[Answer, int]:
    """The shipped network as `analyze` runs it: several threads, one slice each."""
    from concurrent.futures import ThreadPoolExecutor

    from glioscope.model.bundle import load_model

    model = load_model(fast=kind == "ours-fast")
    twice = TWICE if model.mirrored_from else 1.0
    threads = ThreadPoolExecutor(getattr(model.engine, "at_once", 1))
    shape = (model.plan.size, model.plan.size, model.plan.input_channels)
    like = np.random.default_rng(0).random((1, *shape), np.float32)

    def one(at: int) -> Any:
        model.engine(like)
        if model.plan.flip and int((at + 1) * twice) > int(at * twice):
            model.engine(like[:, :, ::-1])

    def answer(slices: np.ndarray) -> Any:
        list(threads.map(one, range(len(slices))))

    return answer, 0


def of_matmul(_kind: str) -> tuple[Answer, int]:
    matrix = np.ones((SIDE, SIDE), np.float32)
    return lambda slices: [matrix @ matrix for _ in slices], 0


MAKERS = {
    **dict.fromkeys(("torch", "torch-compiled", "monai"), of_torch),
    **dict.fromkeys(("keras", "onnx"), of_keras),
    **dict.fromkeys(("ours", "ours-fast"), of_ours),
    "matmul": of_matmul,
}


def seconds(answer: Answer, slices: np.ndarray, batch: int) -> float:
    began = time.perf_counter()
    for start in range(0, len(slices), batch):
        answer(slices[start : start + batch])
    return time.perf_counter() - began


def main(kind: str, size: str) -> None:
    began = time.perf_counter()
    answer, parameters = MAKERS[kind](kind)
    slices = np.random.default_rng(0).random((64, int(size), int(size), 3), np.float32)
    # Ours shares the slices among its threads itself.
    batch = len(slices) if kind.startswith("ours") else BATCH
    cold = seconds(answer, slices[:1], 1)
    for _ in range(3):
        seconds(answer, slices[:2], batch)
    ready = {"made_s": time.perf_counter() - began, "first_s": cold, "parameters": parameters}
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        count = int(line)
        repeated = np.resize(slices, (count, *slices.shape[1:])) if count > 64 else slices[:count]
        print(json.dumps(seconds(answer, repeated, batch)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
