"""What the sampler is told: all that decides a piece besides the checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model.form.templates import FREE
from model.performance import Events

NO_PRIMER: Events = np.zeros(0, dtype=np.uint16)


@dataclass(frozen=True)
class Order:
    """An order for one piece.

    Attributes:
        seed: of every draw, 0..2^63-1.
        seconds: requested length; with a primer that is heard, its length included.
        asked: values of controls by name; None, or no entry, leaves a control open. Time left is not
            asked for: it follows from the length.
        temperature: above 0.
        top_p: in (0, 1].
        guidance: how far the network is led by what it is told, see `model.sampling.guidance`; 1 is as it
            learnt.
        primer: a performance to go on from, from its first onset on.
        is_primer_heard: whether the piece begins with its primer or only with what follows.
        candidate: which of several pieces from the same seed.
        form: what is planned, one of `model.form.templates.FORMS`, `AUTO` for one that the style has, or
            `FREE` for no plan.
        level: one of `model.playability.levels.LEVELS`, within which what is composed keeps; None for none.
    """

    seed: int
    seconds: float
    asked: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    top_p: float = 1.0
    guidance: float = 1.0
    primer: Events = field(default_factory=lambda: NO_PRIMER)
    is_primer_heard: bool = True
    candidate: int = 0
    form: str = FREE
    level: str | None = None
