"""The size of a network; stands apart from it so that samplers can read it without torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LSTMConfig:
    """The size of a network.

    Attributes:
        control_features: width of the control features, see `ControlSet.width`.
        layers: how many LSTM layers.
        hidden: cells a layer.
        event_size: width of an event's embedding.
        keyboard_size: width to which the keyboard's 256 numbers are brought.
        control_size: width to which the control features are brought.
        dropout: share of activations dropped between layers and before the output, in training.
    """

    control_features: int
    layers: int = 2
    hidden: int = 384
    event_size: int = 128
    keyboard_size: int = 128
    control_size: int = 64
    dropout: float = 0.0

    @property
    def inputs(self) -> int:
        """Width of the first layer's input."""
        return self.event_size + self.keyboard_size + self.control_size


AGE_SCALE_STEPS = 400
"""A sounding pitch's age is told to the network in units of this (4 s), `LARGEST_AGE` at the most."""

LARGEST_AGE = 2.0
