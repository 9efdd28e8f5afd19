"""Events a second that the shipped network learns at, forward, backward and step, on random events."""

import os
import statistics
import time

import torch
from torch.nn import functional

from model.checkpoint import Checkpoint
from model.events import START, VOCABULARY_SIZE
from model.lstm import load_network
from model.training.config import TrainingConfig
from model.training.precision import autocast

WINDOWS = 5


def training_events_per_second(checkpoint: Checkpoint, *, half: bool) -> float:
    """Median over windows, the first one left out, on as many threads as there are processors.

    Args:
        checkpoint: whose network learns.
        half: whether products are computed in bfloat16.
    """
    torch.set_num_threads(os.cpu_count() or 1)
    config = TrainingConfig(minutes=1)
    network = load_network(checkpoint).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.final_rate)
    random = torch.Generator().manual_seed(0)
    shape = (config.batch, config.steps)
    events = torch.randint(0, START, shape, generator=random)
    ages = torch.randint(-1, 300, (*shape, 128), generator=random).float()
    controls = torch.rand((*shape, network.config.control_features), generator=random)
    state = network.initial_state(config.batch)
    seconds = []
    for _ in range(1 + WINDOWS):
        begun = time.perf_counter()
        with autocast("cpu", half=half):
            logits, _ = network(events, ages, controls, state)
        loss = functional.cross_entropy(logits.float().view(-1, VOCABULARY_SIZE), events.view(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        optimizer.step()
        seconds.append(time.perf_counter() - begun)
    return events.numel() / statistics.median(seconds[1:])
