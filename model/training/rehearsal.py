"""Pieces that a network composes itself, by which it later remembers what it knew.

Pseudo-rehearsal (Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal"): whoever finetunes
does not have the corpus of the old styles, but the old network can still play them.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from model.checkpoint import Checkpoint
from model.performance import encode
from model.piece import Piece, Rendition
from model.sampling.draft import Draft, advance
from model.sampling.order import Order
from model.torch_stepper import TorchStepper

LEAST_NOTES = 20
"""A sampled piece of fewer is no music to remember a style by."""

Remembered = Callable[[float], None]
"""Told now and then which share of the music has been composed, 0 to 1."""


def remember(
    checkpoint: Checkpoint, *, rounds: int, seconds: float, seed: int, report: Remembered | None = None
) -> list[Piece]:
    """Let a network compose in each of its styles, and once a round in none.

    Args:
        checkpoint: whose network composes, on the CPU.
        rounds: how many pieces of each style.
        seconds: how long each is.
        seed: of what is composed.
        report: called now and then.

    Returns:
        The pieces, style by style, labelled with what they were asked for; less those that are no music.
    """
    styles = [*range(len(checkpoint.styles)), None]
    # Three in four as they are asked for most: played, not written out.
    renditions = [Rendition.SCORE if place % 4 == 3 else Rendition.PERFORMED for place in range(rounds)]
    asked = [(style, rendition) for style in styles for rendition in renditions]
    drafts = [
        Draft(
            _order(checkpoint, style, rendition, seconds, seed, place),
            checkpoint.controls,
            checkpoint.exemplars,
        )
        for place, (style, rendition) in enumerate(asked)
    ]
    _compose(checkpoint, drafts, report)
    pieces = [
        Piece(encode(draft.notes()), style, rendition=rendition)
        for draft, (style, rendition) in zip(drafts, asked, strict=True)
    ]
    return [piece for piece in pieces if piece.is_onset.sum() >= LEAST_NOTES]


def _order(
    checkpoint: Checkpoint, style: int | None, rendition: Rendition, seconds: float, seed: int, place: int
) -> Order:
    asked = {"rendition": rendition.value, "style": None if style is None else checkpoint.styles[style]}
    return Order(seed, seconds, asked, top_p=0.98, candidate=place)


def _compose(checkpoint: Checkpoint, drafts: Sequence[Draft], report: Remembered | None) -> None:
    """Bring all drafts to their ends, side by side."""
    stepper = TorchStepper(checkpoint, "cpu", len(drafts))
    open_drafts = list(drafts)
    slots = [stepper.begin() for _ in drafts]
    step = 0
    while open_drafts:
        logits = stepper.step(
            np.array([draft.previous for draft in open_drafts]),
            np.stack([draft.ages for draft in open_drafts]),
            np.stack([draft.features for draft in open_drafts]),
            slots,
        )
        for error in advance(open_drafts, logits):
            if error is not None:
                raise error
        slots = [slot for draft, slot in zip(open_drafts, slots, strict=True) if not draft.is_finished]
        open_drafts = [draft for draft in open_drafts if not draft.is_finished]
        step += 1
        if report and step % 100 == 0:
            report(math.fsum(draft.share_done for draft in drafts) / len(drafts))
