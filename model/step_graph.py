"""The network as an ONNX graph of one step: state in, state out; no torch is needed to build or run it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from model.checkpoint import Checkpoint
from model.events import PITCHES, VOCABULARY_SIZE
from model.lstm_config import AGE_SCALE_STEPS, LARGEST_AGE

GRAPH_VERSION = 1
"""Changes whenever the graph built from the same checkpoint does."""

_OPSET = 17
_IR_VERSION = 8  # the oldest that holds this opset, so that older runtimes read it too


def build_step_graph(checkpoint: Checkpoint) -> bytes:
    """The graph of one step, serialised.

    Inputs: `events` int64 (batch,), `ages` float (batch, 128), `controls` float (batch, width), `hidden`
    and `cell` float (layers, batch, hidden). Outputs: `logits` (batch, 390), `next_hidden`, `next_cell`.
    """
    return _Builder(checkpoint).build()


class _Builder:
    """Gathers nodes and constants while the network is written down from its input to its output."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._config = checkpoint.config
        self._weights = checkpoint.weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def build(self) -> bytes:
        config = self._config
        inputs = self._inputs()
        hidden, next_hidden, next_cell = inputs, [], []
        for layer in range(config.layers):
            old_hidden = self._add("Gather", ["hidden", self._index(layer)], axis=0)
            old_cell = self._add("Gather", ["cell", self._index(layer)], axis=0)
            hidden, cell = self._layer(layer, hidden, old_hidden, old_cell)
            next_hidden.append(self._stacked(hidden))
            next_cell.append(self._stacked(cell))
        seen = self._add("Concat", [hidden, inputs], axis=1)
        self._linear(seen, "output", out="logits")
        self._add("Concat", next_hidden, out="next_hidden", axis=0)
        self._add("Concat", next_cell, out="next_cell", axis=0)

        state = (config.layers, "batch", config.hidden)
        graph = helper.make_graph(
            self._nodes,
            "step",
            [
                _tensor("events", ("batch",), TensorProto.INT64),
                _tensor("ages", ("batch", PITCHES)),
                _tensor("controls", ("batch", config.control_features)),
                _tensor("hidden", state),
                _tensor("cell", state),
            ],
            [
                _tensor("logits", ("batch", VOCABULARY_SIZE)),
                _tensor("next_hidden", state),
                _tensor("next_cell", state),
            ],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        onnx.checker.check_model(model)
        serialised: bytes = model.SerializeToString()
        return serialised

    def _inputs(self) -> str:
        """Event, keyboard and controls side by side, (batch, inputs)."""
        event = self._add("Gather", [self._weight("event.weight"), "events"], axis=0)
        zero = self._constant("zero", np.float32(0))
        sounding = self._add("Cast", [self._add("GreaterOrEqual", ["ages", zero])], to=TensorProto.FLOAT)
        scaled = self._add("Div", ["ages", self._constant("age_scale", np.float32(AGE_SCALE_STEPS))])
        clipped = self._add("Clip", [scaled, zero, self._constant("largest_age", np.float32(LARGEST_AGE))])
        keyboard = self._linear(self._add("Concat", [sounding, clipped], axis=1), "keyboard")
        return self._add("Concat", [event, keyboard, self._linear("controls", "control")], axis=1)

    def _layer(self, layer: int, inputs: str, hidden: str, cell: str) -> tuple[str, str]:
        """One LSTM layer; gates in torch's order: input, forget, cell, output."""
        names = [f"lstm.{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        from_input, from_hidden, bias_input, bias_hidden = (self._weights[name] for name in names)
        weight = self._constant(f"lstm.{layer}.weight", np.concatenate([from_input, from_hidden], axis=1))
        bias = self._constant(f"lstm.{layer}.bias", bias_input + bias_hidden)
        both = self._add("Concat", [inputs, hidden], axis=1)
        gates = self._add("Gemm", [both, weight, bias], transB=1)
        parts = [f"gate_{name}_{layer}" for name in ("input", "forget", "cell", "output")]
        self._nodes.append(helper.make_node("Split", [gates], parts, axis=1))
        let_in, keep, new, let_out = parts
        kept = self._add("Mul", [self._add("Sigmoid", [keep]), cell])
        added = self._add("Mul", [self._add("Sigmoid", [let_in]), self._add("Tanh", [new])])
        next_cell = self._add("Add", [kept, added])
        return self._add("Mul", [self._add("Sigmoid", [let_out]), self._add("Tanh", [next_cell])]), next_cell

    def _linear(self, inputs: str, name: str, out: str | None = None) -> str:
        weights = [self._weight(f"{name}.weight"), self._weight(f"{name}.bias")]
        return self._add("Gemm", [inputs, *weights], out=out, transB=1)

    def _stacked(self, name: str) -> str:
        """(batch, hidden) as (1, batch, hidden)."""
        return self._add("Unsqueeze", [name, self._constant("first_axis", np.array([0], dtype=np.int64))])

    def _index(self, layer: int) -> str:
        return self._constant(f"layer_{layer}", np.int64(layer))

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: npt.NDArray[np.generic] | np.generic) -> str:
        if all(constant.name != name for constant in self._constants):
            self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _add(self, operation: str, inputs: Sequence[str], out: str | None = None, **attributes: int) -> str:
        out = out or f"{operation.lower()}_{len(self._nodes)}"
        node = helper.make_node(operation, list(inputs), [out])
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)
        return out


def _tensor(name: str, shape: Sequence[int | str], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))
