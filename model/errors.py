"""What can go wrong in `model`.

    ModelError
    ├── MidiError         bytes that are no MIDI file, or one that holds no music
    ├── ControlError      a control's value is not one of those allowed
    ├── CheckpointError   a checkpoint is missing, damaged or of another version
    └── CorpusError       a corpus folder, its manifest or a prepared file is unusable

`str(error)` is one sentence that a user may read.
"""


class ModelError(Exception):
    """Base of every error that `model` raises on purpose."""


class MidiError(ModelError):
    """Bytes that are no MIDI file, or a MIDI file that holds no usable music."""


class ControlError(ModelError):
    """A control's value is not one of those allowed."""


class CheckpointError(ModelError):
    """A checkpoint is missing, damaged, or of a version that this Etude does not read."""


class CorpusError(ModelError):
    """A corpus folder, its manifest or a prepared file cannot be used."""
