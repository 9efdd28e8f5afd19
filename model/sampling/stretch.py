"""A stretch of a piece in the making: some events in a row for which nobody has to be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.controls import Features

Logits = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Stretch:
    """All that decides the next events of a piece, until it has to be asked again; times in steps.

    Attributes:
        now: the time.
        end: the requested end.
        sounding: the step at which each sounding pitch was struck.
        previous: the event before.
        silent_since: when the last sounding note ended; None before the first note.
        until: after a TIME_SHIFT to this time, or a later one, the piece is to be asked.
        given: events that are not drawn, such as a primer's; after the last one the piece is to be asked.
        features: what the network is told of all but the time left, which is open in it, (width,).
        guidance: how far the network is led by what it is told; 1 is not at all.
        closing: from when on it is led by `closing_guidance`.
        closing_guidance: see there.
        temperature: of the draws.
        top_p: of the draws.
        random: `Randomness.state`.
        place: the number of the event to come.
        lean: what becomes of the guided logits, (390,), before the first event, which then is the only one;
            None for nothing.
    """

    now: int
    end: int
    sounding: Mapping[int, int]
    previous: int
    silent_since: int | None
    until: int
    given: Sequence[int]
    features: Features
    guidance: float
    closing: int
    closing_guidance: float
    temperature: float
    top_p: float
    random: int
    place: int
    lean: Callable[[Logits], Logits] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of a stretch.

    Attributes:
        events: in order; those that were given among them.
        likelihoods: of each, given what the network was told, unguided, in nats; 0 where it was given.
        error: what went wrong in it, and in no other one.
    """

    events: list[int]
    likelihoods: list[float]
    error: Exception | None = None


def lean_all(stretches: Sequence[Stretch], led: Logits) -> list[Exception | None]:
    """Lean the guided logits of each stretch that does, (stretches, 390); what went wrong in each."""
    errors: list[Exception | None] = [None] * len(stretches)
    for place, (row, stretch) in enumerate(zip(led, stretches, strict=True)):
        try:
            if stretch.lean is not None:
                row[:] = stretch.lean(row)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this piece's alone
            errors[place] = error
    return errors
