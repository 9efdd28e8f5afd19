"""The network: an LSTM that predicts the next performance event.

After Performance RNN (Simon and Oore 2017), with two inputs more: the controls, and the state of the
keyboard, without which held notes pile up.
"""

import torch
from torch import Tensor, nn

from model.checkpoint import Checkpoint
from model.events import PITCHES, VOCABULARY_SIZE
from model.lstm_config import AGE_SCALE_STEPS, LARGEST_AGE, LSTMConfig

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each (layers, batch, hidden)."""


class PerformanceLSTM(nn.Module):
    """Logits of the next event from the event before, the keyboard and the controls."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__()
        self.config = config
        self.event = nn.Embedding(VOCABULARY_SIZE, config.event_size)
        self.keyboard = nn.Linear(2 * PITCHES, config.keyboard_size)
        self.control = nn.Linear(config.control_features, config.control_size)
        self.lstm = nn.LSTM(
            config.inputs, config.hidden, config.layers, batch_first=True, dropout=config.dropout
        )
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.hidden + config.inputs, VOCABULARY_SIZE)
        with torch.no_grad():
            nn.init.normal_(self.event.weight, std=0.5)
            for layer in range(config.layers):  # remember by default: forget gates begin open
                getattr(self.lstm, f"bias_ih_l{layer}")[config.hidden : 2 * config.hidden] = 1.0

    def forward(self, events: Tensor, ages: Tensor, controls: Tensor, state: State) -> tuple[Tensor, State]:
        """Go through a window.

        Args:
            events: vocabulary indices, (batch, steps).
            ages: how long each pitch has sounded after that event, in steps, negative if it does not,
                (batch, steps, 128).
            controls: control features for the event to come, (batch, steps, control_features).
            state: what the windows before left behind.

        Returns:
            Logits (batch, steps, 390) and the state after the window.
        """
        ages = ages.float()
        sounding = (ages >= 0).float()
        scaled = (ages / AGE_SCALE_STEPS).clamp(0, LARGEST_AGE)
        inputs = torch.cat(
            [
                self.event(events),
                self.keyboard(torch.cat([sounding, scaled], dim=-1)),
                self.control(controls),
            ],
            dim=-1,
        )  # (batch, steps, inputs)
        hidden, state = self.lstm(inputs, state)
        return self.output(self.dropout(torch.cat([hidden, inputs], dim=-1))), state

    def initial_state(self, batch: int) -> State:
        """The state at the start of a piece: zeros on the network's device."""
        weight = self.output.weight
        shape = (self.config.layers, batch, self.config.hidden)
        return weight.new_zeros(shape), weight.new_zeros(shape)


def load_network(checkpoint: Checkpoint) -> PerformanceLSTM:
    """The network of a checkpoint, on the CPU, ready to foretell rather than to learn."""
    network = PerformanceLSTM(checkpoint.config)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in checkpoint.weights.items()})
    return network.eval()
