"""ONNX graphs, written down node by node; neither torch nor a runtime is needed to build them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

RUNTIME_DOMAIN = "com.microsoft"
"""Where the operations live that ONNX Runtime has beyond those of ONNX."""

_OPSET = 17
_IR_VERSION = 8  # the oldest that holds this opset, so that older runtimes read it too


@dataclass(frozen=True)
class _Port:
    """An input or output of the graph: (batch, width), without a width (batch,)."""

    name: str
    width: int | None
    kind: npt.DTypeLike


@dataclass(frozen=True)
class _Node:
    operation: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    domain: str
    attributes: dict[str, Any]


class GraphBuilder:
    """Gathers inputs, nodes, constants and outputs while a network is written down from its input on."""

    def __init__(self) -> None:
        self._inputs: list[_Port] = []
        self._outputs: list[_Port] = []
        self._nodes: list[_Node] = []
        self._constants: dict[str, npt.NDArray[np.generic]] = {}

    def input(self, name: str, width: int | None = None, kind: npt.DTypeLike = np.float32) -> str:
        """An input of shape (batch, width), without a width (batch,)."""
        self._inputs.append(_Port(name, width, kind))
        return name

    def output(self, name: str, width: int, kind: npt.DTypeLike = np.float32) -> None:
        """Hand out what a node has made, (batch, width)."""
        self._outputs.append(_Port(name, width, kind))

    def constant(self, name: str, value: npt.NDArray[np.generic] | np.generic) -> str:
        """A constant; one that was named before stays what it was."""
        self._constants.setdefault(name, np.asarray(value, order="C"))
        return name

    def add(
        self,
        operation: str,
        inputs: Sequence[str],
        out: str | None = None,
        domain: str = "",
        **attributes: int,
    ) -> str:
        """Add a node with one output; returns that output's name."""
        out = out or f"{operation.lower()}_{len(self._nodes)}"
        self._nodes.append(_Node(operation, inputs, [out], domain, attributes))
        return out

    def split(self, joined: str, widths: Sequence[int]) -> list[str]:
        """The parts that stand side by side in a tensor (batch, sum of widths)."""
        place = len(self._nodes)
        parts = [f"split_{place}_{part}" for part in range(len(widths))]
        sizes = self.constant(f"widths_{place}", np.array(widths, dtype=np.int64))
        self._nodes.append(_Node("Split", [joined, sizes], parts, "", {"axis": 1}))
        return parts

    def serialised(self, name: str) -> bytes:
        """The whole graph, checked; the same bytes every time."""
        # A worker that finds its graph in the cache starts without this package.
        import onnx  # noqa: PLC0415
        from onnx import helper, numpy_helper  # noqa: PLC0415

        def tensor(port: _Port) -> onnx.ValueInfoProto:
            kind = helper.np_dtype_to_tensor_dtype(np.dtype(port.kind))
            shape: list[str | int | None] = ["batch"] if port.width is None else ["batch", port.width]
            return helper.make_tensor_value_info(port.name, kind, shape)

        def written(node: _Node) -> onnx.NodeProto:
            inputs, outputs = node.inputs, node.outputs
            return helper.make_node(node.operation, inputs, outputs, domain=node.domain, **node.attributes)

        graph = helper.make_graph(
            [written(node) for node in self._nodes],
            name,
            [tensor(port) for port in self._inputs],
            [tensor(port) for port in self._outputs],
            [numpy_helper.from_array(value, constant) for constant, value in self._constants.items()],
        )
        versions = {"": _OPSET} | {node.domain: 1 for node in self._nodes if node.domain}
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(domain, version) for domain, version in versions.items()],
            ir_version=_IR_VERSION,
        )
        onnx.checker.check_model(model)
        serialised: bytes = model.SerializeToString()
        return serialised
