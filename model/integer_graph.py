"""The network as an ONNX graph of one step whose matrix products are of bytes.

Weights have a scale for each output. What they are multiplied with has one fixed scale: a hidden state lies
between -1 and 1, a control's feature between 0 and 1, an age is clipped; so a row is quantised without a look
at any other. The products are exact integers, and what follows treats each number by itself: a row's bytes
are the same alone and in any batch.

All that the network does to its input before the first tanh is linear, so it is multiplied out beforehand:
event, keyboard and controls meet the gates, and the output, in one product each.
"""

import numpy as np
import numpy.typing as npt

from model.checkpoint import Checkpoint
from model.events import PITCHES, VOCABULARY_SIZE
from model.graph_builder import RUNTIME_DOMAIN, GraphBuilder
from model.lstm_config import AGE_SCALE_STEPS, LARGEST_AGE
from model.quantization import quantized

INTEGER_GRAPH_VERSION = 1
"""Changes whenever the graph built from the same checkpoint does."""

HIDDEN_ZERO = 128
"""The byte that stands for a hidden state of 0."""

_HIDDEN_STEP = 1 / 127
_INPUT_STEP = 1 / 255  # of a control's feature, of whether a key sounds, and of the largest age

_Matrix = npt.NDArray[np.float64]


def build_integer_graph(checkpoint: Checkpoint) -> bytes:
    """The graph of one step, serialised.

    Inputs and outputs are those of `model.step_graph.build_step_graph`, but hidden states are uint8, and
    `HIDDEN_ZERO` at the start of a performance.
    """
    return _IntegerGraph(checkpoint).build()


class _IntegerGraph:
    """Writes the network down from its input to its output."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._config = checkpoint.config
        self._weights = {name: weight.astype(np.float64) for name, weight in checkpoint.weights.items()}
        self._graph = GraphBuilder()

    def build(self) -> bytes:
        config, graph = self._config, self._graph
        self._events = graph.input("events", kind=np.int64)
        ages = graph.input("ages", PITCHES)
        controls = graph.input("controls", config.control_features)
        self._seen = [
            self._bytes(ages, _INPUT_STEP, 255),  # 0 for -1, which is silence, else 255: larger is cut off
            self._bytes(ages, AGE_SCALE_STEPS * LARGEST_AGE * _INPUT_STEP, 0),
            self._bytes(controls, _INPUT_STEP, 0),
        ]
        hidden = ""
        for layer in range(config.layers):
            hidden = self._layer(layer, hidden)
        weight, bias = self._weights["output.weight"], self._weights["output.bias"]
        from_hidden, from_input = np.split(weight, [config.hidden], axis=1)
        self._from_inputs("output", from_input, from_hidden, bias, hidden)
        graph.output("logits", VOCABULARY_SIZE)
        for layer in range(config.layers):
            graph.output(f"next_hidden_{layer}", config.hidden, np.uint8)
            graph.output(f"next_cell_{layer}", config.hidden)
        return graph.serialised("step")

    def _layer(self, layer: int, below: str) -> str:
        """One LSTM layer, with the gates that are sigmoids side by side: input, forget, output; then the new.

        Args:
            layer: which.
            below: the new hidden state of the layer below; of no meaning for the first.
        """
        graph, size = self._graph, self._config.hidden
        hidden = graph.input(f"hidden_{layer}", size, np.uint8)
        cell = graph.input(f"cell_{layer}", size)
        order = np.r_[: 2 * size, 3 * size : 4 * size, 2 * size : 3 * size]
        names = [f"lstm.{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        weight_input, weight_hidden, *biases = (self._weights[name][order] for name in names)
        bias = biases[0] + biases[1]
        if layer == 0:
            gates = self._from_inputs("gates_0", weight_input, weight_hidden, bias, hidden)
        else:
            both = graph.add("Concat", [below, hidden], axis=1)
            weight = np.concatenate([weight_input, weight_hidden], axis=1) * _HIDDEN_STEP
            product, at_zero = self._product(f"gates_{layer}", both, weight, hidden=weight.shape[1])
            told = graph.constant(f"gates_{layer}.bias", (bias - at_zero).astype(np.float32))
            gates = graph.add("Add", [product, told])
        sigmoids, new = graph.split(gates, [3 * size, size])
        let_in, keep, let_out = graph.split(graph.add("Sigmoid", [sigmoids]), [size] * 3)
        kept = graph.add("Mul", [keep, cell])
        added = graph.add("Mul", [let_in, graph.add("Tanh", [new])])
        next_cell = graph.add("Add", [kept, added], out=f"next_cell_{layer}")
        shown = graph.add("Mul", [let_out, graph.add("Tanh", [next_cell])])
        return self._bytes(shown, _HIDDEN_STEP, HIDDEN_ZERO, out=f"next_hidden_{layer}")

    def _from_inputs(
        self, name: str, weight_input: _Matrix, weight_hidden: _Matrix, bias: _Matrix, hidden: str
    ) -> str:
        """What a linear layer makes of event, keyboard, controls and a hidden state.

        Args:
            name: of what is made; of the output, "output".
            weight_input: for the network's input, (outputs, inputs).
            weight_hidden: for the hidden state, (outputs, hidden).
            bias: (outputs,).
            hidden: the hidden state.
        """
        graph, weights, config = self._graph, self._weights, self._config
        event, keyboard, control = np.split(
            weight_input, [config.event_size, config.event_size + config.keyboard_size], axis=1
        )
        sounding, age = np.split(keyboard @ weights["keyboard.weight"], 2, axis=1)
        told = control @ weights["control.weight"]
        weight = np.concatenate([sounding, age * LARGEST_AGE, told], axis=1) * _INPUT_STEP
        weight = np.concatenate([weight, weight_hidden * _HIDDEN_STEP], axis=1)
        joined = graph.add("Concat", [*self._seen, hidden], axis=1)
        product, at_zero = self._product(name, joined, weight, hidden=config.hidden)
        constant = bias + keyboard @ weights["keyboard.bias"] + control @ weights["control.bias"] - at_zero
        table = (weights["event.weight"] @ event.T + constant).astype(np.float32)
        of_event = graph.add("Gather", [graph.constant(f"{name}.events", table), self._events], axis=0)
        return graph.add("Add", [product, of_event], out="logits" if name == "output" else None)

    def _product(self, name: str, inputs: str, weight: _Matrix, hidden: int) -> tuple[str, _Matrix]:
        """A product of bytes, and what it is too large by since hidden states are told from `HIDDEN_ZERO` on.

        Args:
            name: what the weights are called.
            inputs: bytes, (batch, inputs).
            weight: what one more of each byte counts, (outputs, inputs).
            hidden: how many of the inputs, the last ones, are hidden states.
        """
        weights, scales = quantized(weight)
        scales = scales.astype(np.float32).astype(np.float64)
        at_zero = HIDDEN_ZERO * weights[:, -hidden:].sum(axis=1, dtype=np.int64) * scales
        graph = self._graph
        constants = [
            graph.constant(f"{name}.weight", weights.T),
            graph.constant("one", np.float32(1)),
            graph.constant(f"{name}.scale", scales.astype(np.float32)),
        ]
        return graph.add("MatMulIntegerToFloat", [inputs, *constants], domain=RUNTIME_DOMAIN), at_zero

    def _bytes(self, values: str, step: float, zero: int, out: str | None = None) -> str:
        """Numbers as bytes; what is beyond the largest and the smallest is cut off."""
        scale = self._graph.constant(f"step_{step:.9f}", np.float32(step))
        return self._graph.add(
            "QuantizeLinear", [values, scale, self._graph.constant(f"zero_{zero}", np.uint8(zero))], out=out
        )
