"""Finetuning: a network learns one style more from a few pieces, and keeps those it knows.

A network learns a few pieces by heart long before it learns what others have in common with them. So two
pupils learn, each from one half of the pieces, and each is judged by the other's half, which decides when to
stop; what comes of it is the mean of their weights. Where the loss is about convex, as for so small steps,
that is no worse than the two are on average (Wortsman et al. 2022, "Model soups",
https://arxiv.org/abs/2203.05482).

All weights learn. What keeps the old styles, whose corpus whoever finetunes does not have, is learning
without forgetting (Li and Hoiem 2016, https://arxiv.org/abs/1606.09282) on pieces that the network composed
itself before: there it is to foretell what it foretold as it was.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.checkpoint import Checkpoint
from model.errors import CorpusError
from model.exemplars import EXEMPLARS, Exemplar
from model.lstm import load_network
from model.piece import Piece
from model.prepared import evenly
from model.training.finetuning_config import FinetuningConfig
from model.training.new_style import style_named, with_style
from model.training.own_music import OwnMusic
from model.training.rehearsal import remember
from model.training.school import Look, School, style_likelihood


@dataclass(frozen=True)
class Composing:
    """The network composes what it is to remember: how much of it there is, 0 to 1."""

    share: float


Report = Callable[[Look | Composing], None]


@dataclass(frozen=True)
class Finetuned:
    """What came of it.

    Attributes:
        checkpoint: knows the new style, as its last.
        like: the old style that it began as.
        before: the first look.
        after: the look at what the checkpoint holds.
        minutes: that all of it took.
    """

    checkpoint: Checkpoint
    like: str
    before: Look
    after: Look
    minutes: float


def finetune(
    base: Checkpoint, name: str, music: OwnMusic, config: FinetuningConfig, report: Report
) -> Finetuned:
    """Teach a network a new style, on the CPU.

    Ctrl-C ends learning and keeps the best so far.

    Args:
        base: where to begin.
        name: of the new style.
        music: what to learn from.
        config: how.
        report: called while the network composes, and after each look.

    Raises:
        ControlError: the name cannot be used.
        CorpusError: neither half gained anything from the other.
        KeyboardInterrupt: before anything was learnt.
    """
    begun = time.monotonic()
    name = style_named(name, base.styles)
    like = _nearest(base, music.pieces)
    start = with_style(base, name, like=like)
    halves = [[replace(piece, style=len(base.styles)) for piece in half] for half in music.halves]
    remembered = remember(
        base,
        rounds=config.rounds + 1,
        seconds=min(config.remembered_seconds, max(10 * config.minutes, 5.0)),
        seed=config.seed,
        report=lambda share: report(Composing(share)),
    )
    school = School(start, halves, remembered, config, begun, report)
    before = school.best
    try:
        school.teach()
    except KeyboardInterrupt:
        if school.best is before:
            raise
    best = school.best
    if best is before:
        raise CorpusError(
            "Neither half of the pieces gained anything from what was learnt of the other: give more music, "
            "more alike, or more minutes."
        )
    minutes = (time.monotonic() - begun) / 60
    training = _recorded(base, name, music, before, best, minutes)
    arrays = {key: tensor.numpy() for key, tensor in school.weights().items()}
    exemplars = {**base.exemplars, name: _exemplars(music.pieces)}
    checkpoint = replace(start, weights=arrays, training=training, exemplars=exemplars)
    return Finetuned(checkpoint, base.styles[like], before, best, minutes)


def _nearest(base: Checkpoint, pieces: Sequence[Piece]) -> int:
    """The style of the base that foretells the openings of some pieces best."""
    network = load_network(base)
    openings = [replace(piece, events=piece.events[:500]) for piece in evenly(pieces, 12)]
    nats = [
        style_likelihood(network, [replace(piece, style=style) for piece in openings], base.controls).nats
        for style in range(len(base.styles))
    ]
    return min(range(len(nats)), key=nats.__getitem__)


def _exemplars(pieces: Sequence[Piece]) -> tuple[Exemplar, ...]:
    """What the pieces of the new style measure, by which requests are completed."""
    measured = [exemplar for piece in pieces if (exemplar := Exemplar.of(piece)) is not None]
    return tuple(evenly(measured, EXEMPLARS))


def _recorded(
    base: Checkpoint, name: str, music: OwnMusic, before: Look, after: Look, minutes: float
) -> dict[str, object]:
    """The base's summary of its training, and what was added to it."""
    finetuning = {
        "style": name,
        "base": base.digest,
        "pieces": music.files,
        "music_minutes": round(music.seconds / 60, 1),
        "windows": after.windows,
        "minutes": round(minutes, 1),
        "other_half_nats_per_event": {
            "before": round(before.nats_per_event, 4),
            "after": round(after.nats_per_event, 4),
        },
        "drift": None if after.drift is None else round(after.drift, 4),
    }
    return {**base.training, "finetunings": [*base.training.get("finetunings", []), finetuning]}
