"""The design of a study: which conditions are compared, by which excerpts."""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where the music of a condition comes from."""

    MACHINE = "machine"
    """Composed by a checkpoint."""
    BASELINE = "baseline"
    """Composed by the simplest method, a hidden Markov model."""
    HUMAN = "human"
    """Composed and played, or notated, by people."""
    SHUFFLED = "shuffled"
    """A real piece whose notes are shuffled: a trapping item, that marks who does not listen."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What is compared with others; None where a field says nothing of this origin.

    Attributes:
        name: by which reports name it, unique in a study.
        origin: where its music comes from.
        style: that was asked for.
        checkpoint: content hash of the weights.
        temperature, top_p, guidance: how was sampled.
    """

    name: str
    origin: Origin
    style: str | None = None
    checkpoint: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    guidance: float | None = None

    @property
    def is_trapping(self) -> bool:
        """Whether its items only check that listeners listen."""
        return self.origin is Origin.SHUFFLED


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """What is heard: one excerpt of one piece, without its files.

    Attributes:
        id: 12 small letters and digits, unique in a database.
        condition: the name of the one that it stands for.
        seconds: from its first onset until it has died away.
        midi_sha256: of its notes.
        audio_sha256: of its audio file.
        title: of the piece, told after the vote.
        attribution: whose it is, told after the vote; None where nobody has to be named.
        licence: on what terms.
        piece_id: of the stored piece that it is cut from; None where there is none.
    """

    id: str
    condition: str
    seconds: float
    midi_sha256: str
    audio_sha256: str
    title: str
    attribution: str | None = None
    licence: str | None = None
    piece_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Design:
    """Everything that decides what listeners hear, and in which order.

    Attributes:
        name: of the study.
        seconds: the longest that an excerpt's notes may last.
        seed: of every draw; so that nobody can tell the order beforehand, it is not shown while it is open.
        soundfont: file name of what all excerpts were played with.
        soundfont_sha256: of that file.
        lufs: the loudness that all were brought to.
        conditions: in the order in which they were added.
        excerpts: likewise.
    """

    name: str
    seconds: float
    seed: int
    soundfont: str
    soundfont_sha256: str
    lufs: float
    conditions: tuple[Condition, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()

    def digest(self) -> str:
        """SHA-256 of all of it, in hexadecimal: of equal designs the same."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def condition(self, name: str) -> Condition:
        """The condition of that name.

        Raises:
            KeyError: there is none.
        """
        return {condition.name: condition for condition in self.conditions}[name]

    def of(self, condition: str) -> tuple[Excerpt, ...]:
        """The excerpts of a condition."""
        return tuple(excerpt for excerpt in self.excerpts if excerpt.condition == condition)

    @property
    def compared(self) -> tuple[Condition, ...]:
        """The conditions that are compared: those with excerpts that are no trapping items."""
        used = {excerpt.condition for excerpt in self.excerpts}
        return tuple(one for one in self.conditions if not one.is_trapping and one.name in used)
