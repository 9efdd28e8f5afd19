"""The network stepped by ONNX Runtime on one CPU thread."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import structlog

from model.checkpoint import Checkpoint
from model.controls import Features
from model.events import PITCHES, START
from model.step_graph import GRAPH_VERSION, build_step_graph

State = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Hidden and cell state of one performance, each (layers, 1, hidden)."""

_log = structlog.get_logger(__name__)


WIDEST_BATCH = 32
"""From 16 rows on a row costs little less: 0.67 ms alone, 0.11 among 16, 0.09 among 32."""


class OnnxStepper:
    """Steps a checkpoint's network, see `worker.network.Stepper`.

    Attributes:
        widest_batch: how many rows may be stepped at once; 1 on a processor on which a row's bytes turn out
            to depend on its neighbours.
    """

    def __init__(self, checkpoint: Checkpoint, cache: Path) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            cache: folder for the step graph, which is built once for a checkpoint.
        """
        self._session = _open_session(checkpoint, cache)
        config = checkpoint.config
        self._zeros = np.zeros((config.layers, 1, config.hidden), dtype=np.float32)
        self.widest_batch = WIDEST_BATCH if self._are_rows_independent(config.control_features) else 1

    def begin(self) -> State:
        """The state at the start of a performance."""
        return self._zeros, self._zeros

    def step(
        self,
        events: npt.NDArray[np.int64],
        ages: npt.NDArray[np.float32],
        features: Features,
        states: Sequence[State],
    ) -> tuple[npt.NDArray[np.float32], list[State]]:
        """Take one step of each row."""
        hidden = np.concatenate([hidden for hidden, _ in states], axis=1)  # (layers, batch, hidden)
        cell = np.concatenate([cell for _, cell in states], axis=1)
        logits, hidden, cell = self._session.run(
            None, {"events": events, "ages": ages, "controls": features, "hidden": hidden, "cell": cell}
        )
        return logits, [(hidden[:, row : row + 1], cell[:, row : row + 1]) for row in range(len(states))]

    def _are_rows_independent(self, features: int) -> bool:
        """Whether a row's bytes are the same alone, among few and among many: it depends on the processor."""
        random = np.random.Generator(np.random.PCG64(0))
        events = random.integers(0, START, WIDEST_BATCH)
        ages = random.integers(-1, 500, (WIDEST_BATCH, PITCHES)).astype(np.float32)
        told = random.random((WIDEST_BATCH, features), dtype=np.float32)
        # The second step begins with states that are not zero.
        _, states = self.step(events, ages, told, [self.begin()] * WIDEST_BATCH)
        many, _ = self.step(events, ages, told, states)
        return all(
            np.array_equal(self.step(events[:few], ages[:few], told[:few], states[:few])[0], many[:few])
            for few in (1, 2, 3, 5, 8, 17)
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
    _keep(graph, path)
    return onnxruntime.InferenceSession(graph, options, providers=providers)


def _keep(graph: bytes, path: Path) -> None:
    """Put the graph into the cache, all at once; where that cannot be written it is built every time.

    The name is drawn, so that workers that begin at the same time do not write into each other's file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(graph)
                file.close()
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("step_graph.not_kept", path=str(path), cause=error.strerror)
