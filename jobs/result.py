"""What a worker reports of a finished piece; its files travel apart."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt

from jobs.capabilities import CheckpointHash, Sampler
from jobs.contract import Contract
from jobs.request import Form, GenerationRequest, Key, Sha256, Share


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
        hand_span: the largest from the lowest to the highest note that a hand strikes at once, in semitones;
            this and the next three are None where they were not measured.
        hand_notes: the most notes that a hand strikes at once.
        hand_leap: the widest leap of a hand, in semitones a half second.
        hand_strokes_per_second: how often a hand strikes at its fastest, over half a second.
    """

    key: Key | None
    seconds: NonNegativeFloat
    notes: NonNegativeInt
    notes_per_second: NonNegativeFloat
    mean_velocity: float = Field(ge=0, le=127)
    mean_polyphony: NonNegativeFloat
    largest_polyphony: int = Field(ge=0, le=128)
    long_note_share: Share
    hand_span: NonNegativeInt | None = None
    hand_notes: NonNegativeInt | None = None
    hand_leap: NonNegativeFloat | None = None
    hand_strokes_per_second: NonNegativeFloat | None = None


class Originality(Contract):
    """How much of a piece is met in the music that the network learnt from; `docs/originality.md`.

    Of one that goes on from a primer, this is about what follows the primer. A fingerprint that stands in
    many works does not count.

    Attributes:
        longest_match: how many notes the longest match with one work spans.
        longest_in: the name of that work; None where nothing matches.
        matched_share: of the notes, how many lie in a match with any work.
        most_notes: how many notes a match of real music of this length spans at most, in 95 of 100 cases.
        most_share: the same for the share.
        index: name of what the piece was compared with.
        attempts: how often it was sampled again, with seeds that follow from its own, as it was beyond that.
        earlier: with how many earlier pieces it was compared; None where it was with none, as its seed was
            given, or they could not be had.
        renewals: how often it was given another seed, as it came too close to one of these.
        is_alike: whether it is too close even so: the least so of all that was sampled.
    """

    longest_match: NonNegativeInt
    longest_in: str | None = Field(default=None, max_length=100)
    matched_share: Share
    most_notes: NonNegativeFloat
    most_share: Share
    index: str = Field(pattern="^[0-9a-f]{12}$")
    attempts: NonNegativeInt = 0
    earlier: NonNegativeInt | None = None
    renewals: NonNegativeInt = 0
    is_alike: bool = False


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


class Section(Contract):
    """A section of a planned piece.

    Attributes:
        name: such as A, B or A′, the same letter for the same material.
        key: that it is to be in; None for none.
        begin: its first moment, in seconds.
    """

    name: str = Field(max_length=4)
    key: Key | None
    begin: NonNegativeFloat


class Plan(Contract):
    """What was decided of a piece before its first note.

    Attributes:
        form: of `jobs.forms.FORMS`, `auto` and `free` excepted.
        sections: in order.
        climax: where the piece is to be densest and loudest, in seconds.
    """

    form: Form
    sections: tuple[Section, ...] = Field(min_length=1)
    climax: NonNegativeFloat


class Score(Contract):
    """How good a candidate was found, in nats an event; see `model.sampling.choice`.

    Attributes:
        scoring: version of the way to score; belongs with the checkpoint.
        candidate: which one was chosen, counted from 0.
        likelihood: how likely the network finds it.
        obedience: how near it is to what was asked.
        structure: how well its returns return.
    """

    scoring: int = Field(ge=1)
    candidate: NonNegativeInt
    likelihood: float
    obedience: float
    structure: float


class GenerationResult(Contract):
    """A finished piece: what was asked for, what came of it, and what made it.

    Attributes:
        version: of this contract.
        request: that was fulfilled.
        checkpoint: content hash of the weights, hexadecimal.
        sampler: how they were run.
        plan: where the piece was to go; None without a plan.
        score: by which it was chosen among candidates; None where it is the only one.
        originality: how much of it is met elsewhere; None where the checkpoint has nothing to compare with.
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
    plan: Plan | None = None
    score: Score | None = None
    originality: Originality | None = None
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
