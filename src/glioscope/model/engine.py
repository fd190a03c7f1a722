# pyright: basic
# It speaks with ONNX Runtime, which carries no types.
"""Runtimes of the network: normalised slices in, probabilities out."""

import os
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from glioscope.errors import ModelError
from glioscope.model.plan import Plan

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# onnxruntime's own scale: 3 shows errors only. They are raised as exceptions anyway.
_ONLY_ERRORS = 3
# A thread takes some 15 MB while it computes.
_MOST_AT_ONCE = 8


@runtime_checkable
class Engine(Protocol):
    """Anything that answers a batch of network inputs.

    One that may be asked from several threads says in `at_once` from how many; others are asked
    from one. A method `give_back`, where it has one, is called after the last slices of a study.
    """

    def __call__(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"]]:
        """Tumour probability per pixel and per slice, both in [0, 1].

        A network without a slice output answers the largest pixel probability of the slice.
        """
        ...


@runtime_checkable
class ClassEngine(Engine, Protocol):
    """An engine of a network that tells classes apart within the tumour."""

    def with_classes(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[
        Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], Float32[np.ndarray, "b n n c"]
    ]:
        """As a call, and how likely each class is where there is tumour: shares that add up to 1.

        Raises:
            ModelError: as a call, or the network has no classes.
        """
        ...


class OnnxEngine:
    """An ONNX network on the CPU: input `slices`, outputs `mask` and, where it has one, `presence`.

    One whose plan names classes has a third output, `classes`.

    Raises:
        ModelError: not an ONNX network, or its inputs and outputs do not fit the plan.
    """

    def __init__(self, weights: bytes, plan: Plan, *, threads: int = 0) -> None:
        """`threads` answer at once; 0 takes one per core, at most eight."""
        self.at_once = threads or min(_MOST_AT_ONCE, cores())
        self._session = _session(weights)
        _check_signature(self._session, plan)
        names = {output.name for output in self._session.get_outputs()}
        self.has_presence = "presence" in names
        self._outputs = ["mask", "presence"] if self.has_presence else ["mask"]
        self._has_classes = "classes" in names
        self._nothing = np.zeros((0, plan.size, plan.size, plan.input_channels), np.float32)

    def __call__(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"]]:
        """See `Engine`.

        Raises:
            ModelError: the network answered NaN or infinity.
        """
        pixels, presence, _ = self._answers(slices, self._outputs)
        return pixels, presence

    def with_classes(
        self, slices: Float32[np.ndarray, "b n n d"]
    ) -> tuple[
        Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], Float32[np.ndarray, "b n n c"]
    ]:
        """See `ClassEngine`."""
        if not self._has_classes:
            raise ModelError("model.no_classes")
        pixels, presence, others = self._answers(slices, [*self._outputs, "classes"])
        return pixels, presence, others[-1]

    def give_back(self) -> None:
        """Give back the memory that slices were computed in; the next ones take it anew.

        A study's results are written while the network has nothing to do.
        """
        import onnxruntime as ort

        how = ort.RunOptions()
        how.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._session.run(["mask"], {"slices": self._nothing}, how)

    def _answers(
        self, slices: Float32[np.ndarray, "b n n d"], outputs: list[str]
    ) -> tuple[Float32[np.ndarray, "b n n"], Float32[np.ndarray, "b"], list[np.ndarray]]:
        """Pixels, slices, and all outputs that were asked for."""
        found = self._session.run(outputs, {"slices": np.ascontiguousarray(slices)})
        answers = [np.asarray(one) for one in found]
        if not all(np.isfinite(one).all() for one in answers):
            raise ModelError("model.answer_not_finite")
        pixels = answers[0][..., 0]
        presence = answers[1][:, 0] if self.has_presence else pixels.max(axis=(1, 2))
        return pixels, presence, answers


def cores() -> int:
    """Cores that this process may use, where the system tells."""
    able = getattr(os, "sched_getaffinity", None)
    return len(able(0)) if able else os.cpu_count() or 1


def _session(weights: bytes) -> "InferenceSession":
    import onnxruntime as ort

    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    # Threads that share an operator wait for each other at its end, the longer the more else the
    # machine does; slices on a thread each do not.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    # Planning one block for all activations costs memory: 677 against 537 MB for 4 slices at
    # 256 x 256 and width 32. The arena stays on: without it the C heap fragments and grows from
    # batch to batch (286 to 362 MB in three batches of 2), and pages are mapped anew each time.
    options.enable_mem_pattern = False
    try:
        session = ort.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except _load_errors() as error:
        raise ModelError("model.not_loadable", reason=str(error)) from error
    # The wrapper keeps the file to load it for another processor, should this one fail.
    session._model_bytes = b""  # pyright: ignore[reportPrivateUsage]
    return session


def _load_errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises for weights it cannot use; they share no base class of their own."""
    from onnxruntime.capi import (
        onnxruntime_pybind11_state as state,  # pyright: ignore[reportAttributeAccessIssue]
    )

    return (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )


def _check_signature(session: "InferenceSession", plan: Plan) -> None:
    inputs = {node.name: node for node in session.get_inputs()}
    outputs = {node.name: node for node in session.get_outputs()}
    size, depth = plan.size, plan.input_channels
    expected: dict[str, tuple[int | None, ...]] = {"slices": (None, size, size, depth)}
    _check_names("model.onnx_inputs", set(inputs), {"slices"}, set())
    required = {"mask", "classes"} if plan.classes else {"mask"}
    _check_names("model.onnx_outputs", set(outputs), required, {"presence"})
    expected["mask"], expected["presence"] = (None, size, size, 1), (None, 1)
    expected["classes"] = (None, size, size, len(plan.classes))
    for name, node in (inputs | outputs).items():
        if node.type != "tensor(float)" or not _fits(node.shape, expected[name]):
            raise ModelError(
                "model.signature",
                name=name,
                found=f"{node.type} {node.shape}",
                expected=str(list(expected[name])),
            )


def _check_names(code: str, found: set[str], required: set[str], optional: set[str]) -> None:
    """Raise the error of this code unless the names are the required ones and optional ones."""
    if not required <= found <= required | optional:
        raise ModelError(
            code, expected=", ".join(sorted(required)), found=", ".join(sorted(found)) or "–"
        )


def _fits(shape: list, expected: tuple[int | None, ...]) -> bool:
    """Whether every fixed size agrees; a named or unknown size fits anything."""
    return len(shape) == len(expected) and all(
        want is None or not isinstance(got, int) or got == want
        for got, want in zip(shape, expected, strict=True)
    )
