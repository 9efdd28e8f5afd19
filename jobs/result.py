"""What a worker reports of a finished piece; its files travel apart."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from jobs.capabilities import CheckpointHash, Sampler
from jobs.contract import Contract
from jobs.request import GenerationRequest, Key, Sha256, Share


class Measured(Contract):
    """What was found in the notes of a piece, to stand beside what was requested.

    Attributes:
        key: the best-fitting key, one of `jobs.keys.KEYS`; None where there are no notes.
        seconds: from the first onset to the last release.
        notes: how many.
        notes_per_second: `notes` over `seconds`.
        mean_velocity: mean MIDI velocity, 1..127; 0 where there are no notes.
        mean_polyphony: notes that sound at once, averaged over `seconds`.
        largest_polyphony: the most notes that sound at once.
        long_note_share: the share of notes that are held for over 5 s.
    """

    key: Key | None
    seconds: NonNegativeFloat
    notes: NonNegativeInt
    notes_per_second: NonNegativeFloat
    mean_velocity: float = Field(ge=0, le=127)
    mean_polyphony: NonNegativeFloat
    largest_polyphony: int = Field(ge=0, le=128)
    long_note_share: Share


class Timings(Contract):
    """How long each stage of a piece took, in seconds of the clock.

    Attributes:
        queue: from being accepted to being begun, by the attempt that succeeded.
        sample: composing the notes; 0 where they were there.
        render: playing them.
        encode: the audio file.
        picture: the piano roll.
        deliver: handing the files over.
        total: from being accepted to being handed over.
    """

    queue: NonNegativeFloat = 0.0
    sample: NonNegativeFloat
    render: NonNegativeFloat
    encode: NonNegativeFloat
    picture: NonNegativeFloat
    deliver: NonNegativeFloat = 0.0
    total: NonNegativeFloat


class GenerationResult(Contract):
    """A finished piece: what was asked for, what came of it, and what made it.

    Attributes:
        version: of this contract.
        request: that was fulfilled.
        checkpoint: content hash of the weights, hexadecimal.
        sampler: how they were run.
        measured: what was found in the notes.
        timings: how long it took.
        soundfont: file name of the soundfont, without its folder.
        midi_sha256: of the MIDI file, by which a regenerated piece is compared.
        midi_bytes: size of the MIDI file.
        audio_bytes: size of the audio file.
        picture_bytes: size of the picture.
    """

    version: Literal[1] = 1
    request: GenerationRequest
    checkpoint: CheckpointHash
    sampler: Sampler
    measured: Measured
    timings: Timings
    soundfont: str
    midi_sha256: Sha256
    midi_bytes: NonNegativeInt
    audio_bytes: NonNegativeInt
    picture_bytes: NonNegativeInt

    @property
    def id(self) -> str:
        """The piece's id, which is its request's."""
        return self.request.id
