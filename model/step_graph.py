"""The network as an ONNX graph of one step, in single precision: state in, state out."""

import numpy as np

from model.checkpoint import Checkpoint
from model.events import PITCHES, VOCABULARY_SIZE
from model.graph_builder import GraphBuilder
from model.lstm_config import AGE_SCALE_STEPS, LARGEST_AGE

GRAPH_VERSION = 2
"""Changes whenever the graph built from the same checkpoint does."""


def build_step_graph(checkpoint: Checkpoint) -> bytes:
    """The graph of one step, serialised.

    Inputs: `events` int64 (batch,), `ages` float (batch, 128), `controls` float (batch, width), and of each
    layer `hidden_<layer>` and `cell_<layer>` float (batch, hidden), zeros at the start of a performance.
    Outputs: `logits` float (batch, 390), and `next_hidden_<layer>` and `next_cell_<layer>` of each layer. A
    state may be written over the one that was read: what is made of it waits for everything that reads it.
    """
    return _StepGraph(checkpoint).build()


class _StepGraph:
    """Writes the network down from its input to its output."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._config = checkpoint.config
        self._weights = checkpoint.weights
        self._graph = GraphBuilder()

    def build(self) -> bytes:
        config, graph = self._config, self._graph
        inputs = hidden = self._inputs()
        for layer in range(config.layers):
            hidden = self._layer(layer, hidden)
        seen = graph.add("Concat", [hidden, inputs], axis=1)
        self._linear(seen, "output", out="logits")
        graph.output("logits", VOCABULARY_SIZE)
        for layer in range(config.layers):
            graph.output(f"next_hidden_{layer}", config.hidden)
            graph.output(f"next_cell_{layer}", config.hidden)
        return graph.serialised("step")

    def _inputs(self) -> str:
        """Event, keyboard and controls side by side, (batch, inputs)."""
        graph = self._graph
        events = graph.input("events", kind=np.int64)
        ages = graph.input("ages", PITCHES)
        controls = graph.input("controls", self._config.control_features)
        event = graph.add("Gather", [self._weight("event.weight"), events], axis=0)
        zero = graph.constant("zero", np.float32(0))
        sounding = graph.add("Cast", [graph.add("GreaterOrEqual", [ages, zero])], to=1)  # 1: float
        scaled = graph.add("Div", [ages, graph.constant("age_scale", np.float32(AGE_SCALE_STEPS))])
        clipped = graph.add("Clip", [scaled, zero, graph.constant("largest_age", np.float32(LARGEST_AGE))])
        keyboard = self._linear(graph.add("Concat", [sounding, clipped], axis=1), "keyboard")
        return graph.add("Concat", [event, keyboard, self._linear(controls, "control")], axis=1)

    def _layer(self, layer: int, inputs: str) -> str:
        """One LSTM layer; gates in torch's order: input, forget, cell, output."""
        graph, size = self._graph, self._config.hidden
        hidden, cell = graph.input(f"hidden_{layer}", size), graph.input(f"cell_{layer}", size)
        names = [f"lstm.{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        from_input, from_hidden, bias_input, bias_hidden = (self._weights[name] for name in names)
        weight = graph.constant(f"lstm.{layer}.weight", np.concatenate([from_input, from_hidden], axis=1))
        bias = graph.constant(f"lstm.{layer}.bias", bias_input + bias_hidden)
        both = graph.add("Concat", [inputs, hidden], axis=1)
        gates = graph.add("Gemm", [both, weight, bias], transB=1)
        let_in, keep, new, let_out = graph.split(gates, [size] * 4)
        kept = graph.add("Mul", [graph.add("Sigmoid", [keep]), cell])
        added = graph.add("Mul", [graph.add("Sigmoid", [let_in]), graph.add("Tanh", [new])])
        next_cell = graph.add("Add", [kept, added], out=f"next_cell_{layer}")
        shown = [graph.add("Sigmoid", [let_out]), graph.add("Tanh", [next_cell])]
        return graph.add("Mul", shown, out=f"next_hidden_{layer}")

    def _linear(self, inputs: str, name: str, out: str | None = None) -> str:
        weights = [self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._graph.add("Gemm", [inputs, *weights], out=out, transB=1)

    def _weight(self, name: str) -> str:
        return self._graph.constant(name, self._weights[name])
