"""The keyboard's state: which keys sound, and for how long.

The events determine it exactly, but a recurrent network loses track of the notes it holds; given the
state at each step, it lets them go. Training plays batches on `Keyboards`, sampling one piece on a
`Keyboard`, which does the same at a fraction of the cost.
"""

import numpy as np
import numpy.typing as npt

from model.events import NOTE_OFF, NOTE_ON, PITCHES, TIME_SHIFT, VELOCITY

SILENT = -1
"""The onset, and the age, of a pitch that does not sound."""


class Keyboard:
    """The keyboard of one performance.

    Attributes:
        now: the time in steps.
        sounding: the step at which each sounding pitch was struck, in order of these.
    """

    def __init__(self) -> None:
        self.now = 0
        self.sounding: dict[int, int] = {}

    def play(self, event: int) -> None:
        """Play one event, a vocabulary index."""
        if event < NOTE_OFF:
            pitch = event - NOTE_ON
            self.sounding.pop(pitch, None)  # struck again it is the latest
            self.sounding[pitch] = self.now
        elif event < TIME_SHIFT:
            self.sounding.pop(event - NOTE_OFF, None)
        elif event < VELOCITY:
            self.now += event - TIME_SHIFT + 1

    @property
    def ages(self) -> npt.NDArray[np.float32]:
        """How long each pitch has sounded, in steps, `SILENT` if it does not, shape (128,)."""
        ages = np.full(PITCHES, SILENT, dtype=np.float32)
        for pitch, onset in self.sounding.items():
            ages[pitch] = self.now - onset
        return ages


class Keyboards:
    """The keyboards of a batch of performances, side by side.

    Attributes:
        now: the time in steps, shape (batch,).
        onsets: the step at which each sounding pitch was struck, else `SILENT`, shape (batch, 128).
    """

    def __init__(self, batch: int) -> None:
        self.now = np.zeros(batch, dtype=np.int64)
        self.onsets = np.full((batch, PITCHES), SILENT, dtype=np.int64)
        self._rows = np.arange(batch)

    def reset(self, row: int) -> None:
        """Begin a new performance in a row."""
        self.now[row] = 0
        self.onsets[row] = SILENT

    def advance(self, events: npt.NDArray[np.integer]) -> None:
        """Play one event in every row; `events` are vocabulary indices, shape (batch,)."""
        events = events.astype(np.int64)
        is_shift = (events >= TIME_SHIFT) & (events < VELOCITY)
        self.now += np.where(is_shift, events - TIME_SHIFT + 1, 0)
        rows = self._rows[events < NOTE_OFF]
        self.onsets[rows, events[rows] - NOTE_ON] = self.now[rows]
        rows = self._rows[(events >= NOTE_OFF) & (events < TIME_SHIFT)]
        self.onsets[rows, events[rows] - NOTE_OFF] = SILENT

    def ages(self) -> npt.NDArray[np.int64]:
        """How long each pitch has sounded, in steps, `SILENT` if it does not, shape (batch, 128)."""
        return np.where(self.onsets == SILENT, SILENT, self.now[:, None] - self.onsets)
