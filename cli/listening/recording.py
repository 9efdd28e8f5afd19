"""Recordings of excerpts: the same soundfont, loudness and format for all, whoever composed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.audio import AudioFormat

if TYPE_CHECKING:
    from model.performance import Note
    from worker.soundfonts import Soundfont


@dataclass(frozen=True)
class Recording:
    """An excerpt as it is played.

    Attributes:
        midi: its notes as a MIDI file.
        audio: an audio file without a title.
        seconds: how long that is.
    """

    midi: bytes
    audio: bytes
    seconds: float


def record(
    notes: "Sequence[Note]", seconds: float, soundfont: "Soundfont", audio_format: AudioFormat
) -> Recording:
    """Cut the beginning of a piece and play it.

    Args:
        notes: of the piece.
        seconds: the longest that the excerpt's notes may last.
        soundfont: what to play it with.
        audio_format: of the audio file.

    Raises:
        WorkerError: it cannot be played or encoded.
    """
    import numpy as np

    from model.excerpt import excerpt
    from model.midi import write_midi
    from worker.encoding import encode
    from worker.loudness import gain
    from worker.synthesis import SAMPLE_RATE, render

    midi = write_midi(excerpt(notes, seconds))
    samples = render(midi, soundfont.path)
    samples *= np.float32(gain(samples, SAMPLE_RATE))
    return Recording(midi, encode(samples, SAMPLE_RATE, audio_format), len(samples) / SAMPLE_RATE)
