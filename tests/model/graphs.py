"""Step graphs run without a stepper."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import onnxruntime

Arrays = Mapping[str, npt.NDArray[np.generic]]


def opened(graph: bytes) -> onnxruntime.InferenceSession:
    """A graph, ready to be run on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def start_of(session: onnxruntime.InferenceSession, batch: int) -> Arrays:
    """The states at the start of so many performances, by input."""
    states: dict[str, npt.NDArray[np.generic]] = {}
    for port in session.get_inputs():
        if port.name.startswith(("hidden", "cell")):
            states[port.name] = np.zeros((batch, port.shape[1]), dtype=np.float32)
    return states


def stepped(
    session: onnxruntime.InferenceSession, told: Arrays, states: Arrays
) -> tuple[npt.NDArray[np.float32], Arrays]:
    """The logits of a step, and the new states."""
    names = [port.name for port in session.get_outputs()]
    answers = dict(zip(names, session.run(names, {**told, **states}), strict=True))
    return answers["logits"], {name: answers[f"next_{name}"] for name in states}
