"""What samples tells nobody of it: ONNX Runtime keeps what it means to send in the user's folder first."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from worker.onnx_stepper import onnxruntime
from onnx import TensorProto, helper

ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
"""


def test_a_worker_leaves_nothing_to_be_sent(tmp_path: Path) -> None:
    """With `ORT_DISABLE_TELEMETRY=0` there are a database and an id."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment = {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True)
    assert not any(tmp_path.rglob("*onnxruntime*"))
