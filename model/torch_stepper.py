"""The network stepped by torch: on a GPU, and in tests on the CPU."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.backends import cudnn

from model.checkpoint import Checkpoint
from model.controls import Features
from model.events import PITCHES, START, VOCABULARY_SIZE
from model.lstm import load_network
from model.sampling.stretch import Drawn, Stretch, lean_all
from model.slots import Slots
from model.torch_rows import TorchRows

ROWS = 64
"""Of a step on a GPU, where nothing else is asked for."""

LONGEST_STRIDE = 32
"""Of how many events a stride may be."""

_SPARE = 0  # the place in memory that rows without a performance read and write
_WARM_UP = 3  # steps before a CUDA graph is captured, as torch's documentation of them has it


def has_gpu() -> bool:
    """Whether torch finds a GPU that it can use."""
    return torch.cuda.is_available()


class TorchStepper:
    """Steps a checkpoint's network in single precision.

    Every step has the same number of rows, padded where there are fewer performances: so the same kernels
    compute it, and a row's bytes do not depend on how many others there are. On a GPU all of it, fetching and
    keeping states included, is one CUDA graph, which is launched at once. So is a step of a stride, with what
    is told, constraints, guidance, draw and keyboard besides: nobody waits for the GPU until the stride is
    done.

    Attributes:
        widest_batch: how many rows a step may have; 1 on a device on which a row's bytes turn out to depend
            on its neighbours.
        best_batch: the same.
        best_stride: the same, of strides; a piece has two rows, guided or not.
    """

    def __init__(self, checkpoint: Checkpoint, device: str, rows: int = ROWS) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            device: where to, in torch's terms: "cuda" or "cpu".
            rows: of every step.

        Raises:
            RuntimeError: the device cannot be used.
        """
        torch.set_float32_matmul_precision("highest")  # no TF32, whatever the environment asks of torch
        self._device = torch.device(device)
        self._network = load_network(checkpoint).to(self._device)
        self._pieces = max(rows // 2, 1)
        rows = max(rows, 2 * self._pieces)
        self._rows = self.widest_batch = self.best_batch = self.best_stride = rows
        time_left = checkpoint.controls.time_left
        self._time_left = torch.from_numpy(time_left.features).to(self._device)
        self._of_time_left = slice(time_left.first, time_left.first + time_left.features.shape[1])
        self._striding = TorchRows(
            self._pieces, LONGEST_STRIDE, checkpoint.config.control_features, self._device
        )
        self._of_pieces = self._zeros(2, self._pieces, dtype=torch.int64)  # places, told and open
        self._events = self._zeros(rows, dtype=torch.int64)
        self._ages = self._zeros(rows, PITCHES)
        self._features = self._zeros(rows, checkpoint.config.control_features)
        self._places = self._zeros(rows, dtype=torch.int64)  # in memory, of each row's performance
        self._logits = self._zeros(rows, VOCABULARY_SIZE)
        self._slots = Slots()
        self._lock = Lock()
        self._hidden, self._cell = self._network.initial_state(rows + 1)  # of the spare place and each slot
        self._prepare()
        if not self._are_rows_independent():
            self.widest_batch = self.best_batch = self.best_stride = 1

    def begin(self) -> int:
        """Begin a performance; the answer is its slot, the number under which it is remembered."""
        with self._lock:
            slot = self._slots.take()
            if slot + 1 == self._hidden.shape[1]:
                self._hidden, self._cell = (part.repeat(1, 2, 1) for part in (self._hidden, self._cell))
                self._prepare()
            self._hidden[:, slot + 1] = self._cell[:, slot + 1] = 0
            return slot

    def end(self, slot: int) -> None:
        """Forget a performance; its slot may be given to another."""
        with self._lock:
            self._slots.give_back(slot)

    def step(
        self,
        events: npt.NDArray[np.int64],
        ages: npt.NDArray[np.float32],
        features: Features,
        slots: Sequence[int],
    ) -> npt.NDArray[np.float32]:
        """Take one step of each row.

        Args:
            events: the event before, (batch,); at most as many as a step has rows.
            ages: how long each pitch has sounded, see `model.keyboard.Keyboards.ages`, (batch, 128).
            features: control features of the event to come, (batch, width).
            slots: which performances they are, each at most once; what is remembered of them is renewed.

        Returns:
            Logits, (batch, 390).
        """
        batch = len(slots)
        places = np.full(self._rows, _SPARE)
        places[:batch] = np.asarray(slots) + 1
        with self._lock, torch.no_grad():
            self._places.copy_(torch.from_numpy(places))
            for told, array in ((self._events, events), (self._ages, ages), (self._features, features)):
                told[:batch].copy_(torch.from_numpy(array))
            self._take_step()
            answers: npt.NDArray[np.float32] = self._logits[:batch].cpu().numpy()
            return answers.copy()

    def stride(
        self, stretches: Sequence[Stretch], slots: Sequence[Sequence[int]], limits: Sequence[int]
    ) -> list[Drawn]:
        """Go on with some pieces until each has its limit of events, its END, or is to be asked.

        Args:
            stretches: of the pieces.
            slots: of each, one, or, if it is guided, two.
            limits: how many events each may have at most.

        Returns:
            What came of each.
        """
        drawn: list[Drawn] = []
        with self._lock, torch.no_grad():
            for first in range(0, len(stretches), self._pieces):
                some = slice(first, first + self._pieces)
                drawn += self._stride([*stretches[some]], slots[some], [*limits[some]])
        return drawn

    def _stride(
        self, stretches: list[Stretch], slots: Sequence[Sequence[int]], limits: list[int]
    ) -> list[Drawn]:
        """The same of no more pieces than there are rows for."""
        rows = self._striding
        leans = any(stretch.lean for stretch in stretches)
        limits = [1] * len(limits) if leans else [min(limit, LONGEST_STRIDE) for limit in limits]
        places = np.full((2, self._pieces), _SPARE)
        for piece, own in enumerate(slots):
            places[: len(own), piece] = np.asarray(own) + 1
        self._of_pieces.copy_(torch.from_numpy(places))
        rows.write(stretches, limits)
        if leans:
            self._lead()
            led = rows.led.cpu().numpy().copy()
            errors = lean_all(stretches, led[: len(stretches)])
            rows.led.copy_(torch.from_numpy(led))
            self._go_on()
            return rows.read(stretches, errors)
        for _ in range(max(limits)):
            self._take_stride_step()
        return rows.read(stretches, [None] * len(stretches))

    def _zeros(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.zeros(shape, dtype=dtype, device=self._device)

    def _step(self) -> None:
        """One step of all rows, from and to the arrays that are there from the start."""
        window = (array[:, None] for array in (self._events, self._ages, self._features))
        state = self._hidden[:, self._places], self._cell[:, self._places]
        with cudnn.flags(
            enabled=False
        ):  # cuDNN's LSTM computes in TF32 by itself, and not always twice alike
            logits, (hidden, cell) = self._network(*window, state)
        self._hidden.index_copy_(1, self._places, hidden)
        self._cell.index_copy_(1, self._places, cell)
        self._logits.copy_(logits[:, 0])

    def _lead_rows(self) -> None:
        """One step of the network for the pieces of a stride, and their guided logits."""
        rows, count = self._striding, 2 * self._pieces
        features = rows.features.clone()
        left = (rows.end - rows.now).clamp(0, len(self._time_left) - 1)
        features[:, self._of_time_left] = self._time_left[left]
        ages = torch.where(rows.onsets >= 0, rows.now[:, None] - rows.onsets, -1).float()
        self._events[:count] = rows.previous.repeat(2)
        self._ages[:count] = ages.repeat(2, 1)
        self._features[:count] = torch.cat([features, torch.zeros_like(features)])
        self._places.fill_(_SPARE)
        self._places[:count] = torch.where(rows.is_stopped, _SPARE, self._of_pieces).flatten()
        self._step()
        rows.lead(self._logits[: self._pieces], self._logits[self._pieces : count])

    def _take_step_of_rows(self) -> None:
        self._lead_rows()
        self._striding.go_on()

    def _prepare(self) -> None:
        """Make ready what is done at once: on a GPU a CUDA graph each."""
        self._striding.is_stopped.fill_(True)  # the warm-up renews no performance
        self._places.fill_(_SPARE)
        self._take_step = self._prepared(self._step)
        self._lead = self._prepared(self._lead_rows)
        self._go_on = self._prepared(self._striding.go_on)
        self._take_stride_step = self._prepared(self._take_step_of_rows)

    def _prepared(self, work: Callable[[], None]) -> Callable[[], None]:
        if self._device.type != "cuda":
            return work
        with torch.no_grad():
            aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch gives it no types
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(_WARM_UP):
                    work()
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                work()
        return graph.replay

    def _are_rows_independent(self) -> bool:
        """Whether a performance's bytes are the same alone, among others, and in any row."""
        random = np.random.Generator(np.random.PCG64(0))
        events = random.integers(0, START, self._rows)
        ages = random.integers(-1, 500, (self._rows, PITCHES)).astype(np.float32)
        told = random.random((self._rows, self._features.shape[1]), dtype=np.float32)

        def second_answers(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
            """After a step, so that states are not all the same."""
            slots = [self.begin() for _ in rows]
            self.step(events[rows], ages[rows], told[rows], slots)
            answers = self.step(events[rows], ages[rows], told[rows], slots)
            for slot in slots:
                self.end(slot)
            return answers

        together = second_answers(np.arange(self._rows))
        some = [random.permutation(self._rows)[:count] for count in {1, self._rows // 2 or 1, self._rows}]
        return all(np.array_equal(second_answers(rows), together[rows]) for rows in some)
