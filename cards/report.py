"""What `etude report --json` tells, as far as cards show it; all else in it is passed over."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Interval(_Part):
    """A confidence interval; `level` is its nominal coverage, such as 0.95."""

    low: float
    high: float
    level: float


class Sample(_Part):
    """How many listeners and pieces took part, and how many votes count."""

    listeners: int
    pieces: int
    votes: int


class Estimate(_Part):
    """A figure; None where there is nothing to estimate it from, or its interval from."""

    estimate: float | None
    interval: Interval | None
    sample: Sample


class OfCondition(Estimate):
    """A figure of one condition of the study."""

    condition: str


class Strength(OfCondition):
    """A condition's strength in duels, in Elo's points; 0 is the mean of all."""

    points: float
    points_interval: Interval | None


class OfStyle(Estimate):
    """A figure of one style's pieces."""

    style: str


class Difference(Estimate):
    """By how much the first condition is rated better; p of Wilcoxon's test, with Holm's correction."""

    first: str
    second: str
    holm_p_value: float | None


class Equivalence(Estimate):
    """Whether a condition's ratings are surely within `bound` of those of pieces by people."""

    condition: str
    human: str
    bound: float
    is_equivalent: bool | None


class Excerpt(Estimate):
    """An excerpt's shrunken mean; None where listeners are neither at one about it nor divided."""

    consensus: Literal["preferred by all", "no consensus"] | None


class RatedPiece(Estimate):
    """A piece's shrunken mean by reactions; `mean` is that of its own ratings alone."""

    piece_id: str
    mean: float


class Counted(_Part):
    """How many votes of each kind count."""

    duel: int
    guess: int
    listen: int


class Checks(_Part):
    """How many votes on repeated and trapping items only checked their listeners."""

    repeated: int
    trapping: int


class LeftOut(_Part):
    """How many votes are left out, and why."""

    too_early: int
    deleted: int
    own: int
    unreliable: int


class Votes(_Part):
    """What became of all votes: counted, checks or left out."""

    answered: int
    counted: Counted
    checks: Checks
    left_out: LeftOut


class Listeners(_Part):
    """How many took part, how many are left out, and from how many on intervals are to be trusted."""

    answered: int
    unreliable: tuple[str, ...]
    intervals_trusted_from: int


class Own(_Part):
    """Votes of listeners on pieces that they had asked for themselves."""

    mos: tuple[OfCondition, ...]
    guesses: int
    duels: int


class Duels(_Part):
    """Blind pairs: strengths, the strongest first, and how often both were bad."""

    strengths: tuple[Strength, ...]
    both_bad: int


class Guesses(_Part):
    """Human or machine: the share that guessed right, and of each condition that called it human."""

    all: Estimate
    d_prime: Estimate
    called_human: tuple[OfCondition, ...]


class Study(_Part):
    """A study's figures; `mos` are mean opinion scores, the best first; `pieces` its excerpts."""

    name: str
    state: Literal["open", "closed", "draft"]
    votes: Votes
    listeners: Listeners
    mos: tuple[OfCondition, ...]
    own: Own
    agreement: Estimate
    comparisons: tuple[Difference, ...]
    equivalences: tuple[Equivalence, ...]
    pieces: tuple[Excerpt, ...]
    duels: Duels
    guesses: Guesses


class Reactions(_Part):
    """Ratings by reactions, requesters' apart in `own`; pieces by shrunken mean, the best first."""

    all: Estimate
    by_style: tuple[OfStyle, ...]
    own: Estimate
    pieces: tuple[RatedPiece, ...]


class Report(_Part):
    """A report; `study` is None where there was none yet."""

    version: Annotated[Literal[1], Field(description="of this form")]
    study: Study | None
    reactions: Reactions
