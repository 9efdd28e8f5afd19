"""What can go wrong in `worker`.

    WorkerError
    ├── SoundfontError   a soundfont is missing, unreadable, damaged or holds no piano
    ├── SynthesisError   FluidSynth is missing or fails, or it is given no MIDI file
    └── EncodingError    audio cannot be written in the format that was asked for

`str(error)` is one sentence that a user may read: what was wrong, and how to mend it.
"""


class WorkerError(Exception):
    """Base of every error that `worker` raises on purpose."""


class SoundfontError(WorkerError):
    """A soundfont is missing, cannot be read, is no soundfont, or holds no piano."""


class SynthesisError(WorkerError):
    """FluidSynth is missing or fails, or what it should play is no MIDI file."""


class EncodingError(WorkerError):
    """Audio cannot be written in the format that was asked for."""
