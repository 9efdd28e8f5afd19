import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "torch", "onnxruntime", "onnx", "pretty_midi", "scipy", "matplotlib"}


def test_the_contract_loads_nothing_heavy_and_does_nothing() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("jobs", "cards")
        for path in (ROOT / package).glob("*.py")
        if path.stem != "__init__"
    ]
    assert "jobs.options" in modules
    program = f"""
import importlib, json, sys
for module in {modules!r}:
    importlib.import_module(module)
import logging
print(json.dumps([sorted(sys.modules), len(logging.getLogger().handlers)]))
"""
    # A setting that is wrong shows that nothing reads the environment at import.
    printed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"ETUDE_LOG_LEVEL": "wrong"},
        check=True,
        capture_output=True,
        text=True,
    )
    loaded, handlers = json.loads(printed.stdout)
    assert not HEAVY & set(loaded)
    assert handlers == 0
    assert printed.stderr == ""
