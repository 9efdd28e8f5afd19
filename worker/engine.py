"""The engine: runs the network's step graph for one piece after another on a CPU."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import structlog

from model.checkpoint import Checkpoint
from model.performance import Note
from model.sampling.draft import Draft
from model.sampling.order import Order
from model.step_graph import GRAPH_VERSION, build_step_graph

REPORT_EVERY_EVENTS = 50

_log = structlog.get_logger(__name__)


class Engine:
    """Owns the network of one checkpoint; sampler `cpu-fp32`."""

    def __init__(self, checkpoint: Checkpoint, cache: Path) -> None:
        """Load the network.

        Args:
            checkpoint: whose network to run.
            cache: folder for the step graph, which is built once for a checkpoint.
        """
        self.checkpoint = checkpoint
        self._session = _open_session(checkpoint, cache)

    def compose(self, order: Order, report: Callable[[float], None]) -> list[Note]:
        """Compose a piece.

        Args:
            order: what is asked for.
            report: called now and then with the share of the piece that is done, 0 to 1.

        Returns:
            Its notes, from the first onset on.

        Raises:
            ControlError: a value asked for is not allowed.
        """
        draft = Draft(order, self.checkpoint.controls)
        config = self.checkpoint.config
        hidden = cell = np.zeros((config.layers, 1, config.hidden), dtype=np.float32)
        count = 0
        while not draft.is_finished:
            logits, hidden, cell = self._session.run(
                None,
                {
                    "events": np.array([draft.previous], dtype=np.int64),
                    "ages": draft.ages[None].astype(np.float32),
                    "controls": draft.features[None],
                    "hidden": hidden,
                    "cell": cell,
                },
            )
            draft.take(logits[0])
            count += 1
            if count % REPORT_EVERY_EVENTS == 0:
                report(draft.share_done)
        report(1.0)
        return draft.notes()


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

    The name is drawn, so that engines that begin at the same time do not write into each other's file.
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
