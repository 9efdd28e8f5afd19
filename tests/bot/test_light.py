"""The bot makes no music: it starts without what that needs."""

import json
import subprocess
import sys

from tests.bot.processes import ROOT

HEAVY = {"av", "fluidsynth", "numpy", "onnxruntime", "PIL", "pretty_midi", "scipy", "torch"}


def test_nothing_heavy_is_loaded() -> None:
    program = "import bot.__main__, json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    loaded = {module.partition(".")[0] for module in json.loads(done.stdout)}
    assert {"bot", "discord"} <= loaded
    assert not loaded & HEAVY
