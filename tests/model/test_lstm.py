import pytest
import torch
from torch import Tensor

from model.lstm import PerformanceLSTM, State
from model.lstm_config import LSTMConfig

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = LSTMConfig(5, layers=2, hidden=12, event_size=6, keyboard_size=4, control_size=3)


@pytest.fixture
def network() -> PerformanceLSTM:
    torch.manual_seed(1)
    return PerformanceLSTM(CONFIG).eval()


def inputs(batch: int, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random events, ages and controls."""
    random = torch.Generator().manual_seed(2)
    return (
        torch.randint(0, 390, (batch, steps), generator=random),
        torch.randint(-1, 1000, (batch, steps, 128), generator=random, dtype=torch.int16),
        torch.rand((batch, steps, CONFIG.control_features), generator=random),
    )


@torch.no_grad()
def test_windows_give_what_one_pass_gives(network: PerformanceLSTM) -> None:
    events, ages, controls = inputs(3, 20)
    whole, last = network(events, ages, controls, network.initial_state(3))
    assert whole.shape == (3, 20, 390)
    state: State = network.initial_state(3)
    parts = []
    for begin, end in [(0, 1), (1, 8), (8, 20)]:
        logits, state = network(events[:, begin:end], ages[:, begin:end], controls[:, begin:end], state)
        parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    torch.testing.assert_close(state, last)


@torch.no_grad()
def test_rows_do_not_touch_each_other(network: PerformanceLSTM) -> None:
    events, ages, controls = inputs(3, 6)
    together, _ = network(events, ages, controls, network.initial_state(3))
    alone, _ = network(events[1:2], ages[1:2], controls[1:2], network.initial_state(1))
    torch.testing.assert_close(together[1:2], alone)


@torch.no_grad()
def test_a_logit_depends_on_no_later_input(network: PerformanceLSTM) -> None:
    events, ages, controls = inputs(1, 6)
    before, _ = network(events, ages, controls, network.initial_state(1))
    after, _ = network(
        torch.cat([events[:, :4], 389 - events[:, 4:]], dim=1),
        torch.cat([ages[:, :4], ages[:, 4:] + 1], dim=1),
        torch.cat([controls[:, :4], 1 - controls[:, 4:]], dim=1),
        network.initial_state(1),
    )
    torch.testing.assert_close(after[:, :4], before[:, :4])
    assert not torch.allclose(after[:, 4], before[:, 4])


@torch.no_grad()
@pytest.mark.parametrize(
    ("age", "other", "is_same"),
    [(-1, -7, True), (-1, 0, False), (0, 400, False), (400, 799, False), (800, 32767, True)],
)
def test_ages_are_told_up_to_eight_seconds(
    network: PerformanceLSTM, age: int, other: int, is_same: bool
) -> None:
    events, _, controls = inputs(1, 1)
    outputs = []
    for value in (age, other):
        ages = torch.full((1, 1, 128), -1, dtype=torch.int16)
        ages[0, 0, 60] = value
        outputs.append(network(events, ages, controls, network.initial_state(1))[0])
    assert torch.equal(outputs[0], outputs[1]) == is_same


def test_a_new_network_remembers_by_default(network: PerformanceLSTM) -> None:
    for layer in range(CONFIG.layers):
        forget = getattr(network.lstm, f"bias_ih_l{layer}")[12:24]
        assert forget.tolist() == [1.0] * 12
        assert getattr(network.lstm, f"bias_ih_l{layer}")[:12].abs().max() < 1


def test_the_names_and_shapes_that_checkpoints_hold(network: PerformanceLSTM) -> None:
    """A change here means that no checkpoint trained before can be read."""
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == {
        "event.weight": (390, 6),
        "keyboard.weight": (4, 256),
        "keyboard.bias": (4,),
        "control.weight": (3, 5),
        "control.bias": (3,),
        "lstm.weight_ih_l0": (48, 13),
        "lstm.weight_hh_l0": (48, 12),
        "lstm.bias_ih_l0": (48,),
        "lstm.bias_hh_l0": (48,),
        "lstm.weight_ih_l1": (48, 12),
        "lstm.weight_hh_l1": (48, 12),
        "lstm.bias_ih_l1": (48,),
        "lstm.bias_hh_l1": (48,),
        "output.weight": (390, 25),
        "output.bias": (390,),
    }


def test_the_state_begins_with_zeros(network: PerformanceLSTM) -> None:
    for tensor in network.initial_state(5):
        assert tensor.shape == (2, 5, 12)
        assert not tensor.any()
