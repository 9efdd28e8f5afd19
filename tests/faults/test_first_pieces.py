"""The first pieces of a process may well be rendered at the same moment, as after a worker's death.

FluidSynth sets up its tables with the first synth of a process; pieces begun meanwhile sounded otherwise.
"""

from tests.faults.processes import Surroundings, ended

PROGRAM = """
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from model.midi import write_midi
from model.performance import Note
from worker.synthesis import render

MIDI = write_midi([Note(40 + place, 20 + 3 * place, place / 20, place / 20 + 0.5) for place in range(30)])
together = Barrier(8)

def rendered(_):
    together.wait()
    return hashlib.sha256(render(MIDI, Path(os.environ["SOUNDFONT"])).tobytes()).hexdigest()

with ThreadPoolExecutor(8) as threads:
    print(len(set(threads.map(rendered, range(8)))))
"""


def test_they_sound_as_they_always_do(surroundings: Surroundings) -> None:
    for process in [surroundings.start("-c", PROGRAM) for _ in range(2)]:
        assert ended(process).out == "1\n"
