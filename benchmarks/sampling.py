"""Events a second while a piece is sampled, against a plain torch `LSTMCell` loop of the same network."""

import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from model.checkpoint import Checkpoint
from model.events import START
from model.lstm import PerformanceLSTM, load_network
from model.performance import encode
from model.sampling.order import Order
from worker.device import Device
from worker.engine import Engine
from worker.network import open_network
from worker.stop import Stop

EVENTS = 600
TOP_P = 0.98


def etude_events_per_second(checkpoint: Checkpoint) -> float:
    """Etude's own way, constraints and all, for three pieces of 20 s."""
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(checkpoint, Path(folder), Device.CPU)
        engine = Engine(network)  # before the clock starts: a worker does so once
        begun = time.perf_counter()
        events = 0
        for seed in range(1, 4):
            order = Order(seed, 20.0, {"style": "classical", "density": 8.0}, top_p=TOP_P)
            events += encode(engine.submit(order, Stop()).notes()).size
        seconds = time.perf_counter() - begun
        engine.close()
        return events / seconds


@torch.no_grad()
def lstmcell_events_per_second(checkpoint: Checkpoint) -> float:
    """What one would write first: LSTMCell by LSTMCell, nucleus by sort and multinomial, one thread."""
    torch.set_num_threads(1)
    network = load_network(checkpoint)
    cells = [_cell(network, layer) for layer in range(network.config.layers)]
    state = [(torch.zeros(1, network.config.hidden), torch.zeros(1, network.config.hidden)) for _ in cells]
    controls = torch.zeros(1, network.config.control_features)
    keyboard = torch.zeros(1, 256)
    event = torch.tensor([START])
    begun = time.perf_counter()
    for _ in range(EVENTS):
        inputs = torch.cat([network.event(event), network.keyboard(keyboard), network.control(controls)], 1)
        hidden = inputs
        for layer, cell in enumerate(cells):
            state[layer] = cell(hidden, state[layer])
            hidden = state[layer][0]
        event = _nucleus(network.output(torch.cat([hidden, inputs], dim=1)))
    return EVENTS / (time.perf_counter() - begun)


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
