"""Finetuning: a network learns one style more from a few pieces, and keeps those it knows.

All weights learn. What keeps the old styles, whose corpus whoever finetunes does not have, is learning
without forgetting (Li and Hoiem 2016, https://arxiv.org/abs/1606.09282) on pieces that the network composed
itself before: there it is to foretell what it foretold as it was. Pieces held back decide when to stop.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from model.checkpoint import Checkpoint
from model.controls import ControlSet
from model.corpus import evenly
from model.errors import CorpusError
from model.exemplars import EXEMPLARS, Exemplar
from model.likelihood import NOTHING, likelihoods
from model.lstm import PerformanceLSTM, load_network
from model.piece import Piece
from model.training.finetuning_config import FinetuningConfig
from model.training.lessons import Lessons
from model.training.new_style import style_named, with_style
from model.training.own_music import OwnMusic
from model.training.pupil import Pupil
from model.training.rehearsal import remember
from model.windows import windows

STYLE_TOLD = frozenset({"style"})
"""What the network is told of the pieces that it is judged by."""

LOOK_EVENTS = 3000
"""Of a piece held back no more is looked at, so that a look takes seconds."""

LEAST_GAIN = 0.0005
"""Nats an event by which a look must be better to be the best."""


@dataclass(frozen=True)
class Look:
    """How a network stands.

    Attributes:
        windows: how many it has learnt from.
        minutes: since the beginning.
        nats_per_event: of the new style's held-back pieces.
        drift: how much less likely, as a share, pieces of the old styles have become; None without any.
    """

    windows: int
    minutes: float
    nats_per_event: float
    drift: float | None


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
        CorpusError: the held-back pieces gained nothing.
        KeyboardInterrupt: before anything was learnt.
    """
    begun = time.monotonic()
    name = style_named(name, base.styles)
    like = _nearest(base, music.held)
    start = with_style(base, name, like=like)
    learnt, held = (
        [replace(piece, style=len(base.styles)) for piece in pieces] for pieces in (music.learnt, music.held)
    )
    remembered = remember(
        base,
        rounds=config.rounds + 1,
        seconds=min(config.remembered_seconds, max(10 * config.minutes, 5.0)),
        seed=config.seed,
        report=lambda share: report(Composing(share)),
    )
    pupil = Pupil(start, config)
    judge = _Judge(pupil, held, remembered[:: config.rounds + 1], begun)
    best = before = judge.look()
    report(best)
    weights = pupil.weights()
    lessons = Lessons(
        learnt,
        [piece for place, piece in enumerate(remembered) if place % (config.rounds + 1)],
        start.controls,
        remembered_share=config.remembered_share,
        transpose=config.transpose,
        tempo=config.tempo,
        seed=config.seed,
    )
    patience, cuts = config.patience, config.cuts
    try:
        for window in windows(lessons.draw, config.batch, config.steps):
            pupil.learn(window)
            is_over = pupil.windows == config.most_windows or time.monotonic() - begun >= 60 * config.minutes
            if pupil.windows % config.look_windows and not is_over:
                continue
            look = judge.look()
            report(look)
            is_better = look.nats_per_event < best.nats_per_event - LEAST_GAIN
            if is_better and (look.drift or 0.0) <= config.most_drift:
                best, weights, patience = look, pupil.weights(), config.patience
            else:
                patience -= 1
            if is_over or (patience == 0 and cuts == 0):
                break
            if patience == 0:
                patience, cuts = config.patience, cuts - 1
                pupil.go_back(weights, config.cut)
    except KeyboardInterrupt:
        if best is before:
            raise
    if best is before:
        raise CorpusError(
            "The pieces held back gained nothing from what was learnt of the others: give more music, more "
            "alike, or more minutes."
        )
    minutes = (time.monotonic() - begun) / 60
    training = _recorded(base, name, music, before, best, minutes)
    arrays = {key: tensor.numpy() for key, tensor in weights.items()}
    exemplars = {**base.exemplars, name: _exemplars(learnt)}
    checkpoint = replace(start, weights=arrays, training=training, exemplars=exemplars)
    return Finetuned(checkpoint, base.styles[like], before, best, minutes)


class _Judge:
    """Measures a pupil by pieces that it never learns from."""

    def __init__(self, pupil: Pupil, new: Sequence[Piece], old: Sequence[Piece], begun: float) -> None:
        self._pupil = pupil
        self._new = [replace(piece, events=piece.events[:LOOK_EVENTS]) for piece in new]
        self._old = old
        self._begun = begun
        self._old_nats = self._nats(old) if old else None

    def look(self) -> Look:
        """How the pupil stands now."""
        drift = None if self._old_nats is None else self._nats(self._old) / self._old_nats - 1
        minutes = (time.monotonic() - self._begun) / 60
        return Look(self._pupil.windows, minutes, self._nats(self._new), drift)

    def _nats(self, pieces: Sequence[Piece]) -> float:
        with self._pupil.precision():
            return _nats_per_event(self._pupil.network, pieces, self._pupil.controls)


def _nats_per_event(network: PerformanceLSTM, pieces: Sequence[Piece], controls: ControlSet) -> float:
    found = likelihoods(network, pieces, controls, STYLE_TOLD, batch=min(len(pieces), 24))
    return sum(found, NOTHING).nats_per_event


def _nearest(base: Checkpoint, pieces: Sequence[Piece]) -> int:
    """The style of the base that foretells the openings of some pieces best."""
    network = load_network(base)
    openings = [replace(piece, events=piece.events[:1000]) for piece in pieces]
    nats = [
        _nats_per_event(network, [replace(piece, style=style) for piece in openings], base.controls)
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
        "held_back_nats_per_event": {
            "before": round(before.nats_per_event, 4),
            "after": round(after.nats_per_event, 4),
        },
        "drift": None if after.drift is None else round(after.drift, 4),
    }
    return {**base.training, "finetunings": [*base.training.get("finetunings", []), finetuning]}
