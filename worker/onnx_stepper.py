"""The network stepped by ONNX Runtime on one CPU thread, in single precision."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import onnxruntime
import structlog

from model.checkpoint import Checkpoint
from model.controls import Features
from model.events import PITCHES, START, VOCABULARY_SIZE
from model.slots import Slots
from model.step_graph import GRAPH_VERSION, build_step_graph
from worker.cache import keep

_log = structlog.get_logger(__name__)

_WIDEST_BATCH = 32  # from there on a row costs little less


class OnnxStepper:
    """Steps a checkpoint's network, see `worker.network.Stepper`. Any thread may ask for a step.

    What a graph reads and writes lies in arrays that are there from the start, one row a performance, and the
    states it makes are written over those it read. As long as the same slots are asked for, nothing is moved.

    Attributes:
        best_batch: more rows than this are not worth a step: of the two ways of a step, through the network
            and through each piece's own Python, the second is the longer one by then.
        widest_batch: how many rows may be stepped at once; 1 on a processor on which a row's bytes turn out
            to depend on its neighbours.
    """

    best_batch = 8

    def __init__(self, checkpoint: Checkpoint, cache: Path) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            cache: folder for the step graph, which is built once for a checkpoint.
        """
        config, rows = checkpoint.config, _WIDEST_BATCH
        self._session = _open_session(checkpoint, cache)
        self.widest_batch = rows
        self._events = np.zeros(rows, dtype=np.int64)
        self._ages = np.zeros((rows, PITCHES), dtype=np.float32)
        self._features = np.zeros((rows, config.control_features), dtype=np.float32)
        self._logits = np.zeros((rows, VOCABULARY_SIZE), dtype=np.float32)
        self._states: dict[str, npt.NDArray[np.float32]] = {}  # of the slots that are seated, by input
        for layer in range(config.layers):
            for part in ("hidden", "cell"):
                self._states[f"{part}_{layer}"] = np.zeros((rows, config.hidden), dtype=np.float32)
        self._memory = {name: state.copy() for name, state in self._states.items()}  # by slot
        self._seated: list[int] = []
        self._bindings: dict[int, onnxruntime.IOBinding] = {}
        self._slots = Slots()
        self._lock = Lock()
        if not self._are_rows_independent():
            self.widest_batch = 1

    def begin(self) -> int:
        """A slot for a performance that begins."""
        with self._lock:
            slot = self._slots.take()
            self._seat([])
            for name, memory in self._memory.items():
                if slot == len(memory):
                    self._memory[name] = np.concatenate([memory, np.zeros_like(memory)])
                self._memory[name][slot] = 0
            return slot

    def end(self, slot: int) -> None:
        """Forget a performance."""
        with self._lock:
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
            rows = len(slots)
            if slots != self._seated:
                self._seat(slots)
            self._events[:rows] = events
            self._ages[:rows] = ages
            self._features[:rows] = features
            self._session.run_with_iobinding(self._bindings.get(rows) or self._bind(rows))
            return self._logits[:rows].copy()

    def _seat(self, slots: Sequence[int]) -> None:
        """Fetch the states of some slots, after putting away those that were fetched before."""
        for name, states in self._states.items():
            memory = self._memory[name]
            memory[self._seated] = states[: len(self._seated)]
            states[: len(slots)] = memory[slots]
        self._seated = list(slots)

    def _bind(self, rows: int) -> onnxruntime.IOBinding:
        """Tell the runtime where so many rows are read from, and written to."""
        binding = self._session.io_binding()
        read: dict[str, npt.NDArray[np.generic]] = dict(self._states)
        read |= {"events": self._events, "ages": self._ages, "controls": self._features}
        for name, array in read.items():
            value = onnxruntime.OrtValue.ortvalue_from_numpy(array[:rows])  # the array itself, not a copy
            binding.bind_ortvalue_input(name, value)
            if name in self._states:
                binding.bind_ortvalue_output(f"next_{name}", value)
        logits = onnxruntime.OrtValue.ortvalue_from_numpy(self._logits[:rows])
        binding.bind_ortvalue_output("logits", logits)
        self._bindings[rows] = binding
        return binding

    def _are_rows_independent(self) -> bool:
        """Whether a row's bytes are the same alone, among few and among many: it depends on the processor."""
        random = np.random.Generator(np.random.PCG64(0))
        most = self.widest_batch
        events = random.integers(0, START, most)
        ages = random.integers(-1, 500, (most, PITCHES)).astype(np.float32)
        told = random.random((most, self._features.shape[1]), dtype=np.float32)

        def second_answers(rows: int) -> npt.NDArray[np.float32]:
            """After a step, so that states are not all the same."""
            slots = [self.begin() for _ in range(rows)]
            self.step(events[:rows], ages[:rows], told[:rows], slots)
            answers = self.step(events[:rows], ages[:rows], told[:rows], slots)
            for slot in slots:
                self.end(slot)
            return answers

        many = second_answers(most)
        return all(
            np.array_equal(second_answers(few), many[:few]) for few in (1, 2, 3, 5, 8, 17, 33) if few < most
        )


def _open_session(checkpoint: Checkpoint, cache: Path) -> onnxruntime.InferenceSession:
    """A session on the cached step graph; a graph that is missing or does not load is built anew."""
    path = cache / f"step-{checkpoint.digest[:16]}-{GRAPH_VERSION}.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # more threads stall on shared cores
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    try:
        return onnxruntime.InferenceSession(path, options, providers=providers)
    except Exception as error:  # noqa: BLE001 - the runtime has a type of its own for each way to be unreadable
        _log.debug("step_graph.build", path=str(path), cause=type(error).__name__)
    graph = build_step_graph(checkpoint)
    keep(graph, path)
    return onnxruntime.InferenceSession(graph, options, providers=providers)
