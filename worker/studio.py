"""Where a piece is recorded: while it is sampled, if it can be heard on, or once its notes are there."""

from collections.abc import Sequence
from contextlib import ExitStack

from jobs.audio import AudioFormat
from worker.recording import Recording
from worker.soundfonts import Soundfont
from worker.stop import Stop
from worker.strokes import Performed, read_strokes
from worker.synthesis import SAMPLE_RATE
from worker.turns import Turns


class Live:
    """A recording that follows the sampling of a piece without a primer."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.performed = Performed(SAMPLE_RATE)

    def hear(self, events: Sequence[int]) -> None:
        """The next events of the piece."""
        self.recording.play(self.performed.play(events))


class Studio:
    """Records one piece; whatever was begun and is not the piece in the end is given up.

    Attributes:
        soundfont: what it is played with.
    """

    def __init__(self, soundfont: Soundfont, turns: Turns, due: float, stop: Stop) -> None:
        """Open it; it is a context.

        Args:
            soundfont: what to play with.
            turns: of all pieces that are made at once.
            due: when the piece is due, see `Turns`.
            stop: asked before every block of audio.
        """
        self.soundfont = soundfont
        self._turns = turns
        self._due = due
        self._stop = stop
        self._live: Live | None = None
        self._open = ExitStack()

    def follow(self, audio_format: AudioFormat, title: str) -> Live:
        """Begin to record what will be sampled; what was followed before is given up.

        Raises:
            EncodingError: the format cannot be written here.
        """
        self._open.close()
        self._live = Live(self._begin(audio_format, title))
        return self._live

    def record(self, midi: bytes, audio_format: AudioFormat, title: str) -> Recording:
        """The recording of a piece: that which followed it, or a new one of its MIDI file.

        Raises:
            SynthesisError: the bytes are no MIDI file with notes.
            EncodingError: the format cannot be written here.
        """
        strokes = read_strokes(midi, SAMPLE_RATE)
        if self._live is not None:
            followed = self._live.recording
            followed.play(self._live.performed.finish())
            told = (self._live.performed.strokes, followed.audio_format, followed.title)
            if told == (strokes, audio_format, title):
                followed.end()
                return followed
            self._open.close()
        recording = self._begin(audio_format, title)
        recording.play(strokes)
        recording.end()
        return recording

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _begin(self, audio_format: AudioFormat, title: str) -> Recording:
        recording = Recording(
            self.soundfont, audio_format, title, turns=self._turns, due=self._due, stop=self._stop
        )
        return self._open.enter_context(recording)
