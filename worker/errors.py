"""What can go wrong in `worker`.

    WorkerError
    ├── SoundfontError   a soundfont is missing, unreadable, damaged or holds no piano
    ├── SynthesisError   FluidSynth is missing or fails, or it is given no MIDI file
    ├── EncodingError    audio cannot be written in the format that was asked for
    ├── PrimerError      a primer cannot be read, or is too long
    ├── MessageError     the message of a request made in chat cannot be edited
    ├── DeviceError      the network cannot run on the device that was asked for
    ├── RefusedError     a job in the queue is none that a worker does
    └── StoppedError     a piece was stopped before its end
        ├── CanceledError    nobody wants it any more
        ├── InterruptError   this worker is shutting down; another is to make it
        └── DeadlineError    it took longer than it may

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


class PrimerError(WorkerError):
    """A primer cannot be read, or is too long."""


class MessageError(WorkerError):
    """The message of a request made in chat cannot be edited: by its token no longer, or not like this."""


class DeviceError(WorkerError):
    """The network cannot run on the device that was asked for."""


class RefusedError(WorkerError):
    """A job in the queue is none that a worker does; for the log, as nobody waits for it."""


class StoppedError(WorkerError):
    """Base of the reasons to stop a piece before its end, see `worker.stop`."""


class CanceledError(StoppedError):
    """Nobody wants the piece any more."""

    def __init__(self) -> None:
        super().__init__("The piece was canceled; ask again whenever you like.")


class InterruptError(StoppedError):
    """This worker is shutting down; another one is to make the piece."""

    def __init__(self) -> None:
        super().__init__("The worker is shutting down; the piece waits for another one to make it.")


class DeadlineError(StoppedError):
    """The piece took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The piece was not done within {seconds:g} seconds; ask for a shorter one.")
