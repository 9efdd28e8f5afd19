"""A request for one piece: complete and frozen before it is queued."""

import secrets
from enum import StrEnum
from math import fsum
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from jobs.audio import AudioFormat
from jobs.contract import Contract
from jobs.forms import FORMS, FREE
from jobs.keys import KEYS
from jobs.levels import LEVELS

MAX_SEED = 2**63 - 1
ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no 0 and o, no 1, i and l, no u: they are taken for others


class Range(NamedTuple):
    """A closed range of allowed values."""

    low: float
    high: float


LENGTH_SECONDS = Range(10, 300)
NOTES_PER_SECOND = Range(0.5, 30)
TEMPERATURE = Range(0.1, 2)
GUIDANCE = Range(0, 5)
CANDIDATES = Range(1, 8)


class Rendition(StrEnum):
    """Whether a piece sounds as a person plays it, or as its score stands."""

    PERFORMED = "performed"
    SCORE = "score"


def _known_key(name: str) -> str:
    if name not in KEYS:
        raise ValueError("not one of the 24 canonical key names")
    return name


def _known_form(name: str) -> str:
    if name not in FORMS:
        raise ValueError("not one of the known forms")
    return name


def _known_level(name: str) -> str:
    if name not in LEVELS:
        raise ValueError("not one of the known levels")
    return name


PieceId = Annotated[str, Field(pattern=f"^[{ID_ALPHABET}]{{10,12}}$")]
Key = Annotated[str, AfterValidator(_known_key)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
NoteDensity = Annotated[float, Field(ge=NOTES_PER_SECOND.low, le=NOTES_PER_SECOND.high)]
Temperature = Annotated[float, Field(ge=TEMPERATURE.low, le=TEMPERATURE.high)]
TopP = Annotated[float, Field(gt=0, le=1)]
Guidance = Annotated[float, Field(ge=GUIDANCE.low, le=GUIDANCE.high)]
Form = Annotated[str, AfterValidator(_known_form)]
Level = Annotated[str, AfterValidator(_known_level)]
Candidates = Annotated[int, Field(ge=CANDIDATES.low, le=CANDIDATES.high)]
Share = Annotated[float, Field(ge=0, le=1)]
Histogram = Annotated[tuple[Share, ...], Field(min_length=12, max_length=12)]


class GenerationRequest(Contract):
    """One piece to be composed, every default resolved.

    A control that is None is unspecified: the model then composes freely in that respect.

    Attributes:
        version: of this contract.
        id: of the piece; stands in file names and log lines.
        number: of the piece in its catalogue, as in "No. 1041".
        seed: of every random draw.
        is_seed_given: whether somebody asked for this very seed; another may take its place where not.
        style: one of the styles the worker offers.
        key: one of `jobs.keys.KEYS`.
        length_seconds: of the whole piece, an echoed primer included.
        density: note onsets a second.
        pitch_class_histogram: 12 shares from C to B that sum to 1; never beside a key.
        loudness: mean MIDI velocity, 1..127.
        rendition: performed, or as the score stands.
        temperature: of sampling.
        top_p: the share of probability that sampling keeps.
        guidance: how far sampling is led by style, key and all else that is asked for; 1 is as it was learnt.
        form: of `jobs.forms.FORMS`.
        candidates: how many pieces are sampled, of which the best is kept.
        level: of `jobs.levels.LEVELS`, within which what is composed keeps; None for none.
        primer_sha256: of the MIDI file that the piece continues.
        primer_echo: whether the piece begins with its primer, or only with what follows it.
        primer_opening_seconds: for how long the primer is heard; None for all of it.
        audio_format: of the audio file.
        locale: of the texts about the piece.
    """

    version: Literal[1] = 1
    id: PieceId
    number: int = Field(ge=1)
    seed: int = Field(ge=0, le=MAX_SEED)
    is_seed_given: bool = True
    style: str | None = None
    key: Key | None = None
    length_seconds: float = Field(ge=LENGTH_SECONDS.low, le=LENGTH_SECONDS.high)
    density: NoteDensity | None = None
    pitch_class_histogram: Histogram | None = None
    loudness: float | None = Field(default=None, ge=1, le=127)
    rendition: Rendition = Rendition.PERFORMED
    temperature: Temperature
    top_p: TopP
    guidance: Guidance = 1.0
    form: Form = FREE
    candidates: Candidates = 1
    level: Level | None = None
    primer_sha256: Sha256 | None = None
    primer_echo: bool = False
    primer_opening_seconds: float | None = Field(default=None, gt=0)
    audio_format: AudioFormat = AudioFormat.MP3
    locale: str = Field(default="en", pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        histogram = self.pitch_class_histogram
        if histogram is not None and self.key is not None:
            raise ValueError("key and pitch_class_histogram exclude each other")
        if histogram is not None and abs(fsum(histogram) - 1) > 1e-6:
            raise ValueError("pitch_class_histogram must sum to 1")
        if self.primer_sha256 is None and (self.primer_echo or self.primer_opening_seconds is not None):
            raise ValueError("primer_echo and primer_opening_seconds need a primer")
        return self

    def recipe(self) -> dict[str, Any]:
        """Returns, as plain JSON values, all of the request that determines the MIDI.

        Two requests with equal recipes give the same bytes from the same checkpoint and sampler.
        """
        others = {"id", "number", "is_seed_given", "audio_format", "locale"}
        return self.model_dump(mode="json", exclude=others)


def new_piece_id() -> str:
    """Returns a random id of 12 characters (58 bits): small letters and digits that are not confused."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(12))


def new_seed() -> int:
    """Returns a random seed of 32 bits: short enough to copy, and exact in every reader of JSON."""
    return secrets.randbits(32)
