"""A piece's recording: rendered and encoded in step with its sampling, by two threads of its own.

Sampling, rendering and encoding a piece take about as long each. One after another they are a staircase; here
each block of audio is encoded while the next is rendered, and rendered while what follows it is sampled.
"""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from jobs.audio import AudioFormat
from worker.encoding import Encoder
from worker.errors import InterruptError
from worker.loudness import LoudnessMeter
from worker.soundfonts import Soundfont
from worker.stop import Stop
from worker.strokes import Stroke
from worker.synthesis import SAMPLE_RATE, blocks
from worker.turns import Turns

T = TypeVar("T")


class _Link(Generic[T]):
    """What one thread hands to the next, until it ends, well or with an error."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[T | None] = SimpleQueue()
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        self._queue.put(item)

    def end(self, error: Exception | None = None) -> None:
        self._error = error
        self._queue.put(None)

    @property
    def is_empty(self) -> bool:
        return self._queue.empty()

    def get(self) -> T | None:
        """The next item, waited for; None behind the last.

        Raises:
            Exception: what it was ended with.
        """
        item = self._queue.get()
        if item is None and self._error is not None:
            raise self._error
        return item


class Recording:
    """The audio file of a piece in the making.

    It is given strokes as they are known, and told when there are no more. A recording that is closed before
    it is finished is given up.

    Attributes:
        audio_format: of the file.
        title: that is written into it.
    """

    def __init__(
        self,
        soundfont: Soundfont,
        audio_format: AudioFormat,
        title: str,
        *,
        turns: Turns,
        due: float,
        stop: Stop,
    ) -> None:
        """Begin; strokes may come at once.

        Args:
            soundfont: what to play it with.
            audio_format: of the file.
            title: written into the file.
            turns: taken for every block.
            due: when the piece is due, see `Turns`.
            stop: asked before every block.

        Raises:
            EncodingError: the format cannot be written here.
        """
        self.audio_format = audio_format
        self.title = title
        self._soundfont = soundfont
        self._encoder = Encoder(audio_format, SAMPLE_RATE, title=title)
        self._turns = turns
        self._due = due
        self._stop = stop
        self._strokes: _Link[Sequence[Stroke]] = _Link()
        self._blocks: _Link[NDArray[np.float32]] = _Link()
        self._audio: _Link[bytes] = _Link()
        self._threads = [Thread(target=each, daemon=True) for each in (self._render, self._encode)]
        for thread in self._threads:
            thread.start()

    def play(self, strokes: Sequence[Stroke]) -> None:
        """The next strokes, in order."""
        if strokes:
            self._strokes.put(strokes)

    def end(self) -> None:
        """No more strokes will come."""
        self._strokes.end()

    def wait_rendered(self) -> None:
        """Wait until all that is left to do is to encode the last block; also where it goes wrong."""
        self._threads[0].join()

    def finish(self) -> bytes:
        """Wait for the file.

        Raises:
            StoppedError: it was stopped.
            WorkerError: it cannot be rendered or encoded.
        """
        audio = self._audio.get()
        assert audio is not None  # noqa: S101 - what ends without a file ends with an error
        return audio

    def close(self) -> None:
        """Give it up, if it is not finished, and wait for its threads; twice does no harm."""
        self._strokes.end(InterruptError())
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> "Recording":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _render(self) -> None:
        self._turns.begin(self._due)
        try:
            for block in blocks(self._known_strokes(), self._soundfont.path):
                self._stop.check()
                self._blocks.put(block)
                self._turns.end(self._due)  # whoever is due before it goes first
                self._turns.begin(self._due)
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits for the file is told
            self._blocks.end(error)
        else:
            self._blocks.end()
        finally:
            self._turns.end(self._due)

    def _known_strokes(self) -> Iterator[Stroke]:
        """The strokes as they come; while none do, others have the turn."""
        while True:
            if is_waiting := self._strokes.is_empty:
                self._turns.end(self._due)
            try:
                strokes = self._strokes.get()
            finally:
                if is_waiting:
                    self._turns.begin(self._due)
            if strokes is None:
                return
            yield from strokes

    def _encode(self) -> None:
        meter = LoudnessMeter(SAMPLE_RATE)
        try:
            while (block := self._blocks.get()) is not None:
                with self._turns.turn(self._due):
                    meter.hear(block)
                    self._encoder.write(block)
            with self._turns.turn(self._due):
                self._audio.put(self._encoder.finish(meter.level()))
        except Exception as error:  # noqa: BLE001 - as above
            self._audio.end(error)
