"""The size of a network; stands apart from it so that samplers can read it without torch."""

from dataclasses import dataclass

from model.events import PITCHES, VOCABULARY_SIZE


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


def weight_shapes(config: LSTMConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every weight of a network, by torch's names.

    Raises:
        ValueError: a size is not a whole number above 0.
    """
    sizes = (config.layers, config.hidden, config.event_size, config.keyboard_size, config.control_size)
    if not all(type(size) is int and size > 0 for size in (*sizes, config.control_features)):
        raise ValueError("every size of a network is a whole number above 0")
    shapes: dict[str, tuple[int, ...]] = {
        "event.weight": (VOCABULARY_SIZE, config.event_size),
        "keyboard.weight": (config.keyboard_size, 2 * PITCHES),
        "keyboard.bias": (config.keyboard_size,),
        "control.weight": (config.control_size, config.control_features),
        "control.bias": (config.control_size,),
        "output.weight": (VOCABULARY_SIZE, config.hidden + config.inputs),
        "output.bias": (VOCABULARY_SIZE,),
    }
    for layer in range(config.layers):
        inputs = config.hidden if layer else config.inputs
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * config.hidden, inputs)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * config.hidden, config.hidden)
        shapes[f"lstm.bias_ih_l{layer}"] = shapes[f"lstm.bias_hh_l{layer}"] = (4 * config.hidden,)
    return shapes


AGE_SCALE_STEPS = 400
"""A sounding pitch's age is told to the network in units of this (4 s), `LARGEST_AGE` at the most."""

LARGEST_AGE = 2.0
