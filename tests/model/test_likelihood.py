import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional

from model.events import END, START
from model.keyboard import Keyboards
from model.likelihood import NOTHING, TELLINGS, Likelihood, likelihoods
from model.lstm import PerformanceLSTM
from model.lstm_config import LSTMConfig
from model.performance import Events
from model.performance_controls import standard_controls
from model.piece import Piece

Play = Callable[[str], Events]

pytestmark = pytest.mark.usefixtures("one_thread")

CONTROLS = standard_controls(("pop", "salon"))


@pytest.fixture
def network() -> PerformanceLSTM:
    torch.manual_seed(3)
    size = LSTMConfig(CONTROLS.width, hidden=10, event_size=8, keyboard_size=8, control_size=8, dropout=0.5)
    return PerformanceLSTM(size)


@pytest.fixture
def pieces(play: Play) -> list[Piece]:
    words = [
        "loud3 on60 wait9 off60 on61 wait40 off61",
        "on9 wait100 loud9 on10 wait50 off9 off10 " * 9,
        "",
        "loud17 on70 on74 wait100 off70 off74 " * 2,
    ]
    return [
        Piece(play(each), style=index % 2, key=index, is_flat=index > 1) for index, each in enumerate(words)
    ]


def one_pass(network: PerformanceLSTM, piece: Piece, wanted: frozenset[str] | None) -> float:
    """The nats of a piece, computed without windows."""
    heard = [START, *piece.events.tolist()]
    keyboard = Keyboards(1)
    ages = []
    for event in heard:
        keyboard.advance(np.array([event]))
        ages.append(keyboard.ages())
    with torch.no_grad():
        logits, _ = network(
            torch.tensor([heard]),
            torch.from_numpy(np.stack(ages, axis=1)),
            torch.from_numpy(CONTROLS.extract(piece, wanted))[None],
            network.initial_state(1),
        )
    targets = torch.tensor([*piece.events.tolist(), END])
    return float(functional.cross_entropy(logits[0].double(), targets, reduction="sum"))


@pytest.mark.parametrize(("batch", "steps"), [(1, 1000), (1, 4), (2, 7), (3, 1), (9, 16)])
@pytest.mark.parametrize("telling", TELLINGS)
def test_windows_score_what_one_pass_scores(
    network: PerformanceLSTM, pieces: list[Piece], batch: int, steps: int, telling: str
) -> None:
    wanted = TELLINGS[telling]
    scored = likelihoods(network, pieces, CONTROLS, wanted, batch=batch, steps=steps)
    network.eval()
    expected = [one_pass(network, piece, wanted) for piece in pieces]
    assert [one.nats for one in scored] == pytest.approx(expected, rel=1e-5)


def test_what_is_told_matters(network: PerformanceLSTM, pieces: list[Piece]) -> None:
    nats = {
        round(sum(likelihoods(network, pieces, CONTROLS, wanted), NOTHING).nats, 3)
        for wanted in TELLINGS.values()
    }
    assert len(nats) == 3


def test_a_network_that_knows_nothing_needs_the_logarithm_of_the_vocabulary(
    network: PerformanceLSTM, pieces: list[Piece]
) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    whole = sum(likelihoods(network, pieces, CONTROLS, None, batch=2, steps=5), NOTHING)
    # 7 + 63 + 0 + 12 events and four times END, the loudness of flat pieces among them.
    assert whole.events == 86
    assert whole.nats == pytest.approx(86 * math.log(390))
    assert whole.nats_per_event == pytest.approx(math.log(390))


def test_every_event_is_scored_and_reported_once(network: PerformanceLSTM, pieces: list[Piece]) -> None:
    counts: list[int] = []
    scored = likelihoods(network, pieces, CONTROLS, None, batch=2, steps=5, report=counts.append)
    assert sum(counts) == 86
    assert [(one.events, one.notes, one.seconds, one.pieces) for one in scored] == [
        (8, 2, 0.49, 1),
        (64, 18, 13.5, 1),
        (1, 0, 0.0, 1),
        (13, 4, 2.0, 1),
    ]


def test_likelihoods_add_up() -> None:
    one, other = Likelihood(8.0, 4, 1, 0.5, 1), Likelihood(2.0, 1, 0, 0.25, 1)
    assert sum([one, other], NOTHING) == Likelihood(10.0, 5, 1, 0.75, 2)
    assert (one + other).nats_per_event == 2.0


@pytest.mark.parametrize("is_training", [True, False])
def test_the_network_is_left_as_it_was(
    network: PerformanceLSTM, pieces: list[Piece], is_training: bool
) -> None:
    network.train(is_training)
    first = likelihoods(network, pieces, CONTROLS, None)
    assert likelihoods(network, pieces, CONTROLS, None) == first  # no dropout while scoring
    assert network.training is is_training
    assert all(parameter.grad is None for parameter in network.parameters())


def test_no_pieces_no_likelihoods(network: PerformanceLSTM) -> None:
    assert likelihoods(network, [], CONTROLS, None) == []
