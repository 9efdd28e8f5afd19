"""Choice: which of several candidates for a piece is kept.

Candidates are alike in their request and their plan, and differ in every draw. They are compared by how
likely the network itself finds what it was led to, by whether they are what was asked for, and sound like the
style that was, and by whether what was to come again did.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from model.events import STEPS_PER_SECOND
from model.form.similarity import FRAME_SECONDS, self_similarity
from model.keys import key_index
from model.measures import Measures, measure
from model.performance import Note
from model.sampling.draft import Draft
from model.style_features import WINDOW_SECONDS

VERSION = 4
"""Of this way to score; stands beside a score, so that ratings can be compared with it later."""

DENSITY_NATS = 0.3
POLYPHONY_NATS = 0.1
"""An event is likelier by so much for e times as many notes a second, and less likely for e times as many at
once. Measured within 128 pieces of six candidates each: 0.33, and from 1.1 in ragtime to -0.1 in pop. Without
the first the densest candidate would be chosen; the second is left to `UNUSUAL_NATS` for the most part."""

UNUSUAL_NATS = 1.0
"""What it counts that there are e times as many notes at once as usual in the style, or 1/e of them. Without
it pieces would be chosen that let go early, or in pop, pieces that never do."""

STYLE_NATS = 0.1
"""What it counts that a candidate of a minute or more speaks e times as much for the style asked for, by the
checkpoint's `model.style_discriminant`. A shorter one says less."""

LARGEST_NATS = 0.3
MOST_NATS = 0.5
LONG_NATS = 0.5
"""What it counts that e times as many notes sound at once, at most, as in the middle one of the style's
pieces; that more do than in nineteen of twenty of them; and that more notes are held for over 5 s."""

KEY_NATS = 0.2
TONIC_NATS = 0.1
DENSITY_ERROR_NATS = 0.5
RETURN_NATS = 0.5
"""What it counts, in nats an event, that the key asked for is not found, that the last notes lack its tonic,
that the density is e times as high or low as was asked, and that returns are quite like what they take up."""

_LAST_SECONDS = 0.05


@dataclass(frozen=True)
class Score:
    """How good a candidate is; more is better.

    Attributes:
        likelihood: mean log-likelihood of its events given what was told, in nats an event, as if it had one
            note a second and one at once.
        obedience: how far it is from what was asked and from what is usual, 0 or less.
        structure: how alike its returns are to what they take up, 0 or more.
    """

    likelihood: float
    obedience: float
    structure: float

    @property
    def total(self) -> float:
        """All of it, in nats an event."""
        return self.likelihood + self.obedience + self.structure


def score(draft: Draft) -> Score:
    """The score of a finished draft; of one without notes it is the lowest there is."""
    notes = draft.notes()
    if not notes:
        return Score(-math.inf, 0.0, 0.0)
    measures = measure(notes)
    likelihood = draft.log_likelihood / max(draft.drawn, 1)
    polyphony = measures.notes_per_second * fmean(note.end - note.start for note in notes)
    likelihood -= DENSITY_NATS * math.log(measures.notes_per_second)
    likelihood += POLYPHONY_NATS * math.log(polyphony)
    obedience = _usualness(draft, measures, polyphony) + _likeness_to_style(draft, notes, measures)
    obedience += _keeping_to_key(draft, notes, measures)
    if (density := draft.wishes.body.get("density")) is not None:
        obedience -= DENSITY_ERROR_NATS * abs(math.log(measures.notes_per_second / density))
    return Score(likelihood, obedience, RETURN_NATS * _return_likeness(draft))


def _usualness(draft: Draft, measures: Measures, polyphony: float) -> float:
    """How far it is from how full, and how long held, the style's pieces are; 0 or less."""
    usual = draft.wishes.usual
    if usual is None:
        return 0.0
    nats = -UNUSUAL_NATS * abs(math.log(polyphony / usual.polyphony))
    nats -= LARGEST_NATS * max(math.log(measures.largest_polyphony / usual.largest_polyphony), 0.0)
    nats -= MOST_NATS * (measures.largest_polyphony > usual.most_polyphony)
    return nats - LONG_NATS * (measures.long_note_share > usual.longest_share)


def _likeness_to_style(draft: Draft, notes: Sequence[Note], measures: Measures) -> float:
    """How little it speaks for the style asked for, 0 or less; 0 where nobody can tell."""
    style, discriminant = draft.wishes.body.get("style"), draft.discriminant
    share = None if discriminant is None else discriminant.log_share(style, notes)
    return 0.0 if share is None else STYLE_NATS * min(measures.seconds / WINDOW_SECONDS, 1.0) * share


def _keeping_to_key(draft: Draft, notes: Sequence[Note], measures: Measures) -> float:
    """Whether the key asked for is found, and its tonic in what sounds last; 0 or less."""
    key = draft.wishes.body.get("key")
    if key is None:
        return 0.0
    end = max(note.end for note in notes)
    last = max(note.start for note in notes)
    sonority = {
        note.pitch % 12
        for note in notes
        if note.start >= last - _LAST_SECONDS or note.end >= end - _LAST_SECONDS
    }
    return -KEY_NATS * bool(measures.key != key) - TONIC_NATS * (key_index(key) % 12 not in sonority)


def _return_likeness(draft: Draft) -> float:
    """How much more alike the returns of a piece are to their sources than any two of its moments, 0 to 1."""
    plan = draft.wishes.plan
    returns = [section for section in plan.sections if section.source is not None] if plan else []
    if not plan or not returns:
        return 0.0
    notes = draft.notes()
    similarity = self_similarity(notes, max(note.end for note in notes))
    frame = FRAME_SECONDS * STEPS_PER_SECOND
    alike = []
    for section in returns:
        source = plan.sections[section.source or 0]
        length = min(section.end - section.begin, source.end - source.begin)
        for step in range(0, length, int(frame)):
            here, there = (int((one.begin + step - draft.heard_from) / frame) for one in (section, source))
            if max(here, there) < similarity.shape[0]:
                alike.append(float(similarity[here, there]))
    return max(sum(alike) / len(alike) - float(similarity.mean()), 0.0) if alike else 0.0
