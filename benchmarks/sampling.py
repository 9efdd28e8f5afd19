"""Events a second while pieces are sampled, by how many are sampled at once.

Against a plain torch `LSTMCell` loop of the same network, and against what the processor allows: an int8
network has to read each of its weights once a step, whatever the batch.
"""

import tempfile
import time
from collections.abc import Callable
from ctypes import CDLL
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.checkpoint import Checkpoint
from model.events import START
from model.integer_network import in_whole_numbers
from model.lstm import PerformanceLSTM, load_network
from model.sampling.draft import Draft
from model.sampling.order import Order
from worker.device import Device
from worker.engine import STRIDE_EVENTS, Engine
from worker.integer_kernel import Kernel, States, Workspace, open_library
from worker.network import open_network
from worker.sampling import CHUNK_EVENTS
from worker.stop import Stop

BATCHES = (1, 4, 16, 64)
SECONDS = 60.0
CHUNKS = 12
"""So many chunks of events of each piece are counted, once all have begun."""

STEPS = 300
STRIDES = 40
TOP_P = 0.98
_READS = 200


def etude_events_per_second(checkpoint: Checkpoint, batch: int) -> float:
    """Etude's own way, top-p and constraints and all: the engine, one row a piece (no guidance, no plan)."""
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(checkpoint, Path(folder), Device.CPU)
        with Engine(network, rows_at_once=batch) as engine:
            samplings = [
                engine.submit(
                    Order(seed, SECONDS, {"style": "classical", "density": 8.0}, top_p=TOP_P), Stop(), due=0.0
                )
                for seed in range(1, batch + 1)
            ]
            for sampling in samplings:
                next(sampling)
            begun = time.perf_counter()
            for _ in range(CHUNKS):
                for sampling in samplings:
                    next(sampling)
            seconds = time.perf_counter() - begun
            for sampling in samplings:
                sampling.close()
    return batch * CHUNKS * CHUNK_EVENTS / seconds


def event_microseconds(checkpoint: Checkpoint, batch: int) -> dict[str, float]:
    """Where an event's time goes, without the engine around it: medians, in microseconds.

    Returns:
        `ask`: drafts say what decides their next events; `network`: the kernel's step of the network, by
        itself; `draw`: the rest of the stride, which is constraints, nucleus and keyboard, and
        what Python lays out and reads; `follow`: drafts take what came of it. Nothing without a kernel.
    """
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(checkpoint, Path(folder), Device.CPU)
    stepper, strider, library = network.stepper, network.strider, open_library()
    if strider is None or library is None:
        return {}
    step_network = _network_step(checkpoint, library, batch)
    asked = {"style": "classical", "density": 8.0}
    drafts = [
        Draft(Order(seed, SECONDS, asked, top_p=TOP_P), checkpoint.controls, checkpoint.exemplars)
        for seed in range(1, batch + 1)
    ]
    slots = [[stepper.begin()] for _ in drafts]
    limits = [STRIDE_EVENTS] * batch
    times = []
    for _ in range(STRIDES):
        clock = [time.perf_counter()]
        stretches = [one for draft in drafts if (one := draft.stretch()) is not None]
        clock.append(time.perf_counter())
        drawn = strider.stride(stretches, slots, limits)
        clock.append(time.perf_counter())
        for draft, part in zip(drafts, drawn, strict=True):
            draft.follow(part)
        clock.append(time.perf_counter())
        for _ in range(STRIDE_EVENTS):
            step_network()
        clock.append(time.perf_counter())
        ask, stride, follow, step = np.diff(clock)
        count = sum(len(part.events) for part in drawn)
        alone = step / STRIDE_EVENTS / batch
        times.append((ask / count, alone, stride / count - alone, follow / count))
    medians = 1e6 * np.median(times, axis=0)
    return dict(zip(("ask", "network", "draw", "follow"), medians.round(1).tolist(), strict=True))


def _network_step(checkpoint: Checkpoint, library: CDLL, batch: int) -> Callable[[], None]:
    """A step of a batch by the compiled kernel; four keys sound, and some controls are told."""
    network = in_whole_numbers(checkpoint)
    kernel, workspace = Kernel(library, network, checkpoint.controls), Workspace(network, batch, 1)
    states = States.of(network, batch)
    workspace.row["slots"] = [(slot, -1) for slot in range(batch)]
    workspace.row["now"] = 100
    workspace.row["onsets"] = -1
    workspace.row["onsets"][:, [48, 60, 64, 67]] = 40
    workspace.features[:, ::8] = 128
    return lambda: kernel.answer(workspace, batch, states)


@torch.no_grad()
def lstmcell_events_per_second(checkpoint: Checkpoint, batch: int) -> float:
    """What one would write first: LSTMCell by LSTMCell, nucleus by sort and multinomial, one thread."""
    torch.set_num_threads(1)
    network = load_network(checkpoint)
    hidden_size = network.config.hidden
    cells = [_cell(network, layer) for layer in range(network.config.layers)]
    state = [(torch.zeros(batch, hidden_size), torch.zeros(batch, hidden_size)) for _ in cells]
    controls = torch.zeros(batch, network.config.control_features)
    keyboard = torch.zeros(batch, 256)
    event = torch.full((batch,), START)
    begun = time.perf_counter()
    for _ in range(STEPS):
        inputs = torch.cat([network.event(event), network.keyboard(keyboard), network.control(controls)], 1)
        hidden = inputs
        for layer, cell in enumerate(cells):
            state[layer] = cell(hidden, state[layer])
            hidden = state[layer][0]
        event = _nucleus(network.output(torch.cat([hidden, inputs], dim=1)))
    return batch * STEPS / (time.perf_counter() - begun)


def limit_events_per_second(checkpoint: Checkpoint, batch: int) -> float:
    """What reading the weights allows: a byte each, once a step, as fast as one thread reads so many bytes.

    Arithmetic is left out of it, so with a large batch nothing comes near.
    """
    weights = sum(
        array.size for name, array in checkpoint.weights.items() if array.ndim == 2 and name != "event.weight"
    )
    read = np.ones(weights, dtype=np.uint8)
    seconds = []
    for _ in range(_READS):
        begun = time.perf_counter()
        read.max()
        seconds.append(time.perf_counter() - begun)
    return batch / float(np.median(seconds))


def _cell(network: PerformanceLSTM, layer: int) -> nn.LSTMCell:
    weight = getattr(network.lstm, f"weight_ih_l{layer}")
    cell = nn.LSTMCell(weight.shape[1], network.config.hidden)
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(cell, part).copy_(getattr(network.lstm, f"{part}_l{layer}"))
    return cell


def _nucleus(logits: Tensor) -> Tensor:
    probabilities, order = logits.softmax(dim=-1).sort(dim=-1, descending=True)
    mass = probabilities.cumsum(dim=-1)
    kept = probabilities * (mass - probabilities < TOP_P)
    return order.gather(1, torch.multinomial(kept, 1))[:, 0]
