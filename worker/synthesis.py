"""Audio from MIDI with FluidSynth, in process and block by block.

The same MIDI and soundfont give the same samples in any process: every piece has a synth of its own, as one
that is reused after a reset still holds a remainder of the piece before.
"""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worker.errors import SoundfontError, SynthesisError
from worker.soundfonts import check_soundfont
from worker.strokes import STEP, TAIL_SECONDS, Stroke, read_strokes

SAMPLE_RATE = 44_100
"""Samples a second where nothing else is asked for."""

_BLOCK = 256 * STEP  # samples that are handed on at once, 0.37 s
_TAIL_BLOCK = 64 * STEP  # the same behind the last event, where each is judged, 93 ms
_QUIET = 10.0 ** (-60.0 / 20.0)  # of the piece's peak: where the tail has died away
_FADE_SECONDS = 1.0  # of a tail that has not died away after TAIL_SECONDS

# Interpolation between a recording's samples is left at FluidSynth's fourth order.
_SETTINGS: dict[str, int | float] = {
    "synth.dynamic-sample-loading": 1,  # only the piano is read from the soundfont
    "synth.polyphony": 256,  # 64 is audibly too few under a pedal
    "synth.cpu-cores": 1,
    "synth.chorus.active": 0,  # changes nothing on a piano
    # A small recital hall: 2 s of reverberation, 13 to 17 dB below the piano itself.
    "synth.reverb.active": 1,
    "synth.reverb.room-size": 0.6,
    "synth.reverb.damp": 0.3,
    "synth.reverb.width": 0.9,
    "synth.reverb.level": 0.6,
}
_REVERB_SEND = 48  # 0..127; control change 91, as soundfonts differ in what they send by themselves

# The first synth of a process sets FluidSynth's tables up; a second one born meanwhile sounded otherwise.
_BIRTH = Lock()

_MISSING = (
    "FluidSynth is not installed; install its library (Debian and Ubuntu: apt install libfluidsynth3, "
    "Fedora: dnf install fluidsynth-libs, Arch: pacman -S fluidsynth, macOS: brew install fluid-synth)."
)


def render(midi: bytes, soundfont: Path, *, sample_rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """A piece's audio, not yet brought to its loudness.

    Args:
        midi: a MIDI file; every instrument of it but drums is played on the piano.
        soundfont: an .sf2 or .sf3 file with a piano as program 0 of bank 0.
        sample_rate: in Hz, 8,000 to 96,000.

    Returns:
        Audio from the file's time zero until the last note has died away, (samples, 2).

    Raises:
        SynthesisError: FluidSynth is missing or fails, or the bytes are no MIDI file with notes.
        SoundfontError: FluidSynth cannot read the soundfont, or there is no piano in it.
    """
    strokes = read_strokes(midi, sample_rate)
    return np.concatenate(list(blocks(strokes, soundfont, sample_rate=sample_rate)))


def blocks(
    strokes: Iterable[Stroke], soundfont: Path, *, sample_rate: int = SAMPLE_RATE
) -> Iterator[NDArray[np.float32]]:
    """Audio block by block as it is computed: arrays of (samples, 2).

    Strokes fall on the nearest multiple of 64 samples, so at most 32 samples (0.7 ms) from where a file has
    them. Errors come with the first block.

    Args:
        strokes: of the piece, in order; the next is only asked for once the one before was played, so they
            may be those of a piece that is still sampled.
        soundfont: as of `render`.
        sample_rate: as of `render`.

    Raises:
        SynthesisError: FluidSynth is missing or fails.
        SoundfontError: FluidSynth cannot read the soundfont, or there is no piano in it.
    """
    fluidsynth = _load_fluidsynth()
    with _synth(fluidsynth, soundfont, sample_rate) as (synth, compute):
        loudest = 0.0
        position = 0
        waiting = iter(strokes)
        stroke = next(waiting, None)
        while stroke is not None:
            block = np.empty((_BLOCK, 2), np.float32)
            filled = 0
            while filled < _BLOCK and stroke is not None:
                if stroke.sample <= position + filled:
                    _tell(synth, stroke)
                    stroke = next(waiting, None)
                    continue
                until = min(stroke.sample - position, _BLOCK)
                compute(block[filled:until])
                filled = until
            position += filled
            loudest = max(loudest, float(np.abs(block[:filled]).max(initial=0.0)))
            yield block[:filled]
        yield from _tail(compute, loudest, sample_rate)


def _tail(
    compute: Callable[[NDArray[np.float32]], None], loudest: float, sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """What rings on behind the last event, down to 60 dB under the piece's peak, faded out at its end."""
    limit = int(TAIL_SECONDS * sample_rate)
    fade = int(_FADE_SECONDS * sample_rate)
    for position in range(0, limit, _TAIL_BLOCK):
        block = np.empty((_TAIL_BLOCK, 2), np.float32)
        compute(block)
        peak = float(np.abs(block).max())
        loudest = max(loudest, peak)
        left = limit - position - np.arange(_TAIL_BLOCK, dtype=np.float32)  # (samples,)
        if left[-1] < fade:
            block *= np.clip(left / fade, 0.0, 1.0)[:, None]
        is_quiet = peak <= loudest * _QUIET
        if is_quiet:
            block *= np.linspace(1.0, 0.0, _TAIL_BLOCK, dtype=np.float32)[:, None]
        yield block
        if is_quiet:
            return


def _tell(synth: Any, stroke: Stroke) -> None:
    if stroke.kind == "on":
        synth.noteon(0, stroke.number, stroke.value)
    elif stroke.kind == "off":
        synth.noteoff(0, stroke.number)
    else:
        synth.cc(0, stroke.number, stroke.value)


@contextmanager
def _synth(
    fluidsynth: ModuleType, soundfont: Path, sample_rate: int
) -> Iterator[tuple[Any, Callable[[NDArray[np.float32]], None]]]:
    """A fresh synth with the soundfont's piano, and the function that computes its next samples in place."""
    check_soundfont(soundfont)
    names = ("synth", "len", "lout", "loff", "lincr", "rout", "roff", "rincr")  # pyfluidsynth lacks this one
    write_float = fluidsynth.cfunc(
        "fluid_synth_write_float",
        ctypes.c_int,
        *(
            (name, ctypes.c_void_p if name in ("synth", "lout", "rout") else ctypes.c_int, 1)
            for name in names
        ),
    )
    with _BIRTH:
        synth = fluidsynth.Synth(gain=0.2, samplerate=float(sample_rate), channels=16, **_SETTINGS)
    if not synth.synth:
        raise SynthesisError(f"FluidSynth cannot play at {sample_rate:,} samples a second; ask for 44,100.")
    try:
        number = synth.sfload(str(soundfont))
        if number < 0:
            raise SoundfontError(f"FluidSynth cannot read the soundfont {soundfont}; give another.")
        if synth.program_select(0, number, 0, 0) != fluidsynth.FLUID_OK:
            raise SoundfontError(
                f"The soundfont {soundfont} has no piano (program 0 of bank 0); give one that has."
            )
        synth.cc(0, 91, _REVERB_SEND)

        def compute(block: NDArray[np.float32]) -> None:
            left = block.ctypes.data
            if write_float(synth.synth, len(block), left, 0, 2, left, 1, 2) != fluidsynth.FLUID_OK:
                raise SynthesisError("FluidSynth failed while it computed the audio; try again.")

        yield synth, compute
    finally:
        synth.delete()


def _load_fluidsynth() -> ModuleType:
    """The module pyfluidsynth with its library, told to keep its own messages to itself.

    Raises:
        SynthesisError: either of the two is not installed.
    """
    if sys.platform == "darwin" and Path("/opt/homebrew").is_dir():
        os.environ.setdefault("HOMEBREW_PREFIX", "/opt/homebrew")  # else pyfluidsynth does not look there
    try:
        import fluidsynth  # noqa: PLC0415 - fails where the library is missing, which must not stop an import
    except (ImportError, OSError) as error:
        raise SynthesisError(_MISSING) from error
    set_log_function = fluidsynth.cfunc(
        "fluid_set_log_function",
        ctypes.c_void_p,
        ("level", ctypes.c_int, 1),
        ("fun", ctypes.c_void_p, 1),
        ("data", ctypes.c_void_p, 1),
    )
    for level in range(5):  # panic, error, warning, information, debugging
        set_log_function(level, None, None)
    module: ModuleType = fluidsynth
    return module
