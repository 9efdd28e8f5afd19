"""The network in whole numbers, stepped on one CPU thread; the kernel goes on with pieces by itself."""

import math
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import structlog
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from model.checkpoint import Checkpoint
from model.controls import Features
from model.integer_network import (
    HIDDEN_ZERO,
    INTEGER_NETWORK_VERSION,
    Bytes,
    IntegerNetwork,
    feature_bytes,
    from_arrays,
    in_whole_numbers,
    to_arrays,
)
from model.sampling.stretch import Drawn, Stretch, lean_all
from model.slots import Slots
from worker.cache import keep
from worker.integer_kernel import Kernel, States, Workspace, open_library
from worker.plain_kernel import PlainKernel

_log = structlog.get_logger(__name__)

LONGEST_STRIDE = 64
"""Of how many events a stride may be."""

_LATE = 2**20  # a time at which every age lies after the beginning


class IntegerStepper:
    """Steps a checkpoint's network, see `worker.network.Stepper`. Any thread may ask for a step.

    A row's bytes are the same alone and in any batch: its products are exact.

    Attributes:
        best_batch: see there.
        best_stride: of more rows a stride costs as much for each.
        widest_batch: how many rows may be stepped at once.
    """

    best_batch = 8
    best_stride = 4
    widest_batch = 256

    def __init__(self, checkpoint: Checkpoint, cache: Path, *, compiled: bool = True) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            cache: folder for the network in whole numbers, which is computed once for a checkpoint.
            compiled: whether to compute with the compiled kernel, if there is one.
        """
        network = _open_network(checkpoint, cache)
        library = open_library() if compiled else None
        self._network = network
        self._plain = None if library else PlainKernel(network)
        self._kernel = Kernel(library, network, checkpoint.controls) if library else None
        self._workspace = Workspace(network, self.widest_batch, LONGEST_STRIDE)
        self._told: dict[int, tuple[Features, Bytes]] = {}  # by slot, what it was told the last time
        self._states = States.of(network, 0)
        self._slots = Slots()
        self._lock = Lock()
        if library is None:
            _log.info("integer_kernel.missing", consequence="pieces are sampled several times slower")

    @property
    def is_compiled(self) -> bool:
        """Whether the compiled kernel computes, without which there is no `stride`."""
        return self._kernel is not None

    def begin(self) -> int:
        """A slot for a performance that begins."""
        with self._lock:
            slot = self._slots.take()
            if slot == len(self._states.cell):
                self._states = self._states.enlarged()
            self._states.hidden[slot, :, : self._network.hidden] = HIDDEN_ZERO
            self._states.cell[slot] = 0
            return slot

    def end(self, slot: int) -> None:
        """Forget a performance."""
        with self._lock:
            self._told.pop(slot, None)
            self._slots.give_back(slot)

    def step(
        self,
        events: npt.NDArray[np.int64],
        ages: npt.NDArray[np.float32],
        features: Features,
        slots: Sequence[int],
    ) -> npt.NDArray[np.float32]:
        """Take one step of each row."""
        with self._lock:
            workspace, rows = self._workspace, len(slots)
            row = workspace.row[:rows]
            row["slots"][:, 0] = slots
            row["slots"][:, 1] = -1
            row["now"] = _LATE
            row["previous"] = events
            row["onsets"] = np.where(ages < 0, -1, _LATE - ages)
            workspace.features[:rows] = feature_bytes(features)
            (self._kernel or self._plain).answer(workspace, rows, self._states)  # type: ignore[union-attr]
            return workspace.logits[:rows, 0].copy()

    def stride(
        self, stretches: Sequence[Stretch], slots: Sequence[Sequence[int]], limits: Sequence[int]
    ) -> list[Drawn]:
        """Go on with some pieces until each has its limit of events, its END, or is to be asked."""
        assert self._kernel is not None  # noqa: S101 - for the type checker
        with self._lock:
            workspace, rows = self._workspace, len(stretches)
            _write(workspace, stretches, slots, limits)
            for place, stretch in enumerate(stretches):
                workspace.features[place] = self._bytes(slots[place][0], stretch.features)
            errors: Sequence[Exception | None] = [None] * rows
            if any(stretch.lean for stretch in stretches):
                self._kernel.lead(workspace, rows, self._states)
                errors = lean_all(stretches, workspace.led[:rows])
                self._kernel.go_on(workspace, rows, self._states)
            else:
                self._kernel.stride(workspace, rows, self._states)
            return _read(workspace, stretches, errors)

    def _bytes(self, slot: int, features: Features) -> Bytes:
        """Features as bytes; those of the time before are not computed anew."""
        known = self._told.get(slot)
        if known is None or known[0] is not features:
            known = self._told[slot] = features, feature_bytes(features)
        return known[1]


def _write(
    workspace: Workspace, stretches: Sequence[Stretch], slots: Sequence[Sequence[int]], limits: Sequence[int]
) -> None:
    """Lay out stretches where the kernel reads them: field by field, which is fast."""
    row = workspace.row[: len(stretches)]
    row["slots"] = [(own[0], own[1] if len(own) > 1 else -1) for own in slots]
    row["now"] = [stretch.now for stretch in stretches]
    row["end"] = [stretch.end for stretch in stretches]
    row["closing"] = [stretch.closing for stretch in stretches]
    row["pause"] = [stretch.until for stretch in stretches]
    row["previous"] = [stretch.previous for stretch in stretches]
    row["silent_since"] = [
        -1 if stretch.silent_since is None else stretch.silent_since for stretch in stretches
    ]
    row["random"] = [stretch.random for stretch in stretches]
    row["step"] = [stretch.place for stretch in stretches]
    row["temperature"] = [stretch.temperature for stretch in stretches]
    row["top_p"] = [stretch.top_p for stretch in stretches]
    row["guidance"] = [stretch.guidance for stretch in stretches]
    row["closing_guidance"] = [stretch.closing_guidance for stretch in stretches]
    row["forced"] = row["count"] = row["is_stopped"] = 0
    row["limit"] = np.minimum(limits, LONGEST_STRIDE)
    row["onsets"] = -1
    for onsets, stretch in zip(row["onsets"], stretches, strict=True):
        for pitch, onset in stretch.sounding.items():
            onsets[pitch] = onset
    for place, stretch in enumerate(stretches):
        if stretch.given:
            given = stretch.given[: row["limit"][place]]
            workspace.events[place, : len(given)] = given
            row["forced"][place] = row["limit"][place] = len(given)


def _read(
    workspace: Workspace, stretches: Sequence[Stretch], errors: Sequence[Exception | None]
) -> list[Drawn]:
    """What came of stretches."""
    rows = len(stretches)
    counts = workspace.row["count"][:rows].tolist()
    most = max(counts)
    events, surplus, mass = (
        array[:rows, :most].tolist() for array in (workspace.events, workspace.surplus, workspace.mass)
    )
    drawn = []
    for place, (stretch, count, error) in enumerate(zip(stretches, counts, errors, strict=True)):
        if stretch.given:
            likelihoods = [0.0] * count
        else:
            pairs = zip(surplus[place][:count], mass[place][:count], strict=True)
            likelihoods = [one - math.log(whole) for one, whole in pairs]
        drawn.append(Drawn(events[place][:count], likelihoods, error))
    return drawn


def _open_network(checkpoint: Checkpoint, cache: Path) -> IntegerNetwork:
    """The cached network in whole numbers; one that is missing or does not load is computed anew."""
    path = cache / f"int8-{checkpoint.digest[:16]}-{INTEGER_NETWORK_VERSION}.safetensors"
    try:
        return from_arrays(load_file(path))
    except (OSError, SafetensorError, KeyError) as error:
        _log.debug("integer_network.build", path=str(path), cause=type(error).__name__)
    network = in_whole_numbers(checkpoint)
    keep(save(to_arrays(network)), path)
    return network
