import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from model.corpus import STYLES
from model.events import END, STEPS_PER_SECOND, VOCABULARY_SIZE
from model.form.templates import FREE
from model.performance import Note, encode
from model.performance_controls import standard_controls
from model.sampling.choice import LARGEST_NATS, LONG_NATS, MOST_NATS, STYLE_NATS, Score, score
from model.sampling.draft import Draft
from model.sampling.order import Order
from model.sampling.wishes import Usual
from model.style_discriminant import StyleDiscriminant
from model.style_features import WINDOW_SECONDS
from tests.model.two_styles import run, run_table, waltz, waltz_table

CONTROLS = standard_controls(STYLES)
SECONDS = 24.0
C_MAJOR = (60, 64, 67, 72, 71, 67, 65, 62)


def scale(seconds: float, a_second: int = 2, tonic: int = 0) -> list[Note]:
    """A tune in a major key, which ends on its tonic."""
    count = round(seconds * a_second)
    pitches = [C_MAJOR[place % 8] + tonic for place in range(count - 1)] + [60 + tonic]
    return [
        Note(pitch, 64, place / a_second, (place + 0.9) / a_second) for place, pitch in enumerate(pitches)
    ]


def finished(
    notes: Sequence[Note],
    likes: float = 2.0,
    asked: Mapping[str, Any] | None = None,
    form: str = FREE,
    candidate: int = 0,
) -> Draft:
    """A piece of these notes, by a network that finds each of its events so much likelier than any other."""
    draft = Draft(Order(1, SECONDS, asked or {}, form=form, candidate=candidate), CONTROLS)
    likelihood = likes - np.log(np.exp(likes) + VOCABULARY_SIZE - 1)
    for event in (*map(int, encode(notes)), END):
        draft.accept(event, likelihood)
    assert draft.is_finished
    return draft


def usually(polyphony: float, notes: Sequence[Note]) -> Draft:
    """A piece of a style in which so many notes sound at once."""
    draft = finished(notes)
    draft.wishes = replace(draft.wishes, usual=Usual(polyphony, 2.0, 6.0, 0.01))
    return draft


def with_measures(notes: Sequence[Note]) -> float:
    """How many notes sound at once, as the score counts it."""
    return sum(note.end - note.start for note in notes) / (
        max(note.end for note in notes) - min(note.start for note in notes)
    )


def with_score(notes: Sequence[Note], **changes: Any) -> Score:
    return score(finished(notes, **changes))


def test_a_piece_that_the_network_finds_likelier_is_better() -> None:
    likely, unlikely = (with_score(scale(SECONDS), likes=likes) for likes in (4.0, 1.0))
    assert likely.likelihood > unlikely.likelihood
    assert (likely.obedience, likely.structure) == (unlikely.obedience, unlikely.structure) == (0.0, 0.0)
    expected = 4.0 - math.log(math.exp(4.0) + VOCABULARY_SIZE - 1)
    notes = [note._replace(end=note.start + 1) for note in scale(SECONDS - 1, 1)]
    assert with_score(notes, likes=4.0).likelihood == pytest.approx(expected)


def test_a_denser_piece_is_not_better_for_being_dense() -> None:
    """Its events are likelier on average; that is not to decide."""
    dense, thin = (with_score(scale(SECONDS, density), likes=3.0) for density in (8, 2))
    assert dense.likelihood < thin.likelihood


def test_a_piece_is_not_better_for_letting_go_early() -> None:
    held = scale(SECONDS)
    plucked = [note._replace(end=note.start + 0.1) for note in held]
    assert with_score(plucked, likes=3.0).likelihood < with_score(held, likes=3.0).likelihood


@pytest.mark.parametrize("held_seconds", [0.05, 4.0])
def test_what_sounds_fuller_or_thinner_than_usual_is_less_obedient(held_seconds: float) -> None:
    held = scale(SECONDS)
    other = [note._replace(end=note.start + held_seconds) for note in held]
    usual, unusual = (score(usually(0.9, notes)) for notes in (held, other))
    assert usual.obedience == pytest.approx(0, abs=0.05)
    assert unusual.obedience < -0.5


def test_fuller_chords_and_longer_notes_than_usual_are_less_obedient() -> None:
    usual = Usual(1.0, 2.0, 6.0, 0.01)

    def obedience(notes: Sequence[Note]) -> float:
        draft = finished(notes)
        polyphony = with_measures(notes)
        draft.wishes = replace(draft.wishes, usual=replace(usual, polyphony=polyphony))
        return score(draft).obedience

    plain = scale(SECONDS)
    chord = [Note(40 + 3 * place, 64, 5.0, 5.4) for place in range(5)]
    assert obedience(plain) == pytest.approx(0, abs=0.01)
    assert obedience([*plain, *chord]) == pytest.approx(-LARGEST_NATS * math.log(6 / 2), abs=0.01)
    fuller = [Note(40 + 3 * place, 64, 5.0, 5.4) for place in range(6)]
    too_full = -LARGEST_NATS * math.log(7 / 2) - MOST_NATS
    assert obedience([*plain, *fuller]) == pytest.approx(too_full, abs=0.01)
    assert obedience([*plain, Note(40, 64, 5.0, 10.5)]) == pytest.approx(-LONG_NATS, abs=0.01)


def test_the_key_and_its_tonic_at_the_end_are_obeyed() -> None:
    in_key = with_score(scale(SECONDS), asked={"key": "C major"})
    open_end = with_score([*scale(SECONDS)[:-1], Note(62, 64, 23.5, 23.95)], asked={"key": "C major"})
    elsewhere = with_score(scale(SECONDS, tonic=6), asked={"key": "C major"})
    assert in_key.obedience == 0 > open_end.obedience > elsewhere.obedience


def test_the_tonic_may_still_sound_below_the_last_note() -> None:
    held = [*scale(SECONDS)[:-4], Note(48, 64, 22.0, 24.0), Note(67, 64, 23.5, 24.0)]
    assert with_score(held, asked={"key": "C major"}).obedience == 0


def test_what_sounds_like_the_style_asked_for_is_more_obedient() -> None:
    """Of half a minute half as much so."""
    discriminant = StyleDiscriminant.learnt(
        {"baroque": [run_table(seed) for seed in range(5)], "latin": [waltz_table(seed) for seed in range(5)]}
    )

    def obedience(notes: Sequence[Note], style: str | None) -> float:
        draft = finished(notes, asked={} if style is None else {"style": style})
        draft.discriminant = discriminant
        return score(draft).obedience

    like, unlike = (obedience(notes, "baroque") for notes in (run(6, seconds=24), waltz(6, bars=24)))
    assert 0 >= like > unlike + 0.1
    share = discriminant.log_share("baroque", waltz(6, bars=24))
    assert share is not None
    assert unlike == pytest.approx(STYLE_NATS * share * 24 / WINDOW_SECONDS, rel=0.05)
    assert obedience(waltz(6, bars=24), None) == obedience(waltz(6, bars=24), "ragtime") == 0


@pytest.mark.parametrize("wrong", [1, 4, 8])
def test_a_density_that_is_missed_by_as_much_costs_as_much(wrong: int) -> None:
    obeyed, missed = (with_score(scale(SECONDS, density), asked={"density": 2.0}) for density in (2, wrong))
    assert obeyed.obedience == pytest.approx(0, abs=0.05)
    assert missed.obedience < obeyed.obedience
    twice, half = (with_score(scale(SECONDS, density), asked={"density": 4.0}) for density in (8, 2))
    assert twice.obedience == pytest.approx(half.obedience, abs=0.05)


def sections() -> list[tuple[float, float]]:
    """When the sections of a ternary piece begin and end, in seconds."""
    plan = finished(scale(SECONDS), form="ternary").wishes.plan
    assert plan is not None
    assert [section.name for section in plan.sections] == ["A", "B", "A′"]
    return [(one.begin / STEPS_PER_SECOND, one.end / STEPS_PER_SECOND) for one in plan.sections]


def ternary(returns: bool) -> list[Note]:
    notes = []
    for place, (begin, end) in enumerate(sections()):
        pitches = ((60, 64, 67), (61, 66, 70), (60, 64, 67) if returns else (63, 69, 73))[place]
        count = round(2 * (end - begin))
        notes += [
            Note(pitches[step % 3], 64, begin + step / 2, begin + step / 2 + 0.45)
            for step in range(count)
            if begin + step / 2 + 0.45 <= end
        ]
    return notes


def test_a_piece_that_returns_as_planned_is_better() -> None:
    returns, wanders = (with_score(ternary(way), form="ternary") for way in (True, False))
    assert returns.structure > wanders.structure >= 0
    assert with_score(ternary(returns=True)).structure == 0.0  # without a plan nothing has to return
    assert returns.total == pytest.approx(returns.likelihood + returns.obedience + returns.structure)


def test_a_plan_without_a_return_has_nothing_to_score() -> None:
    assert with_score(ternary(returns=True), form="prelude").structure == 0.0


def test_a_piece_without_notes_is_the_worst_there_is() -> None:
    silent = Draft(Order(1, SECONDS, {"key": "C major", "density": 2.0}), CONTROLS)
    assert score(silent).total == -math.inf
    assert score(silent).total < with_score(scale(SECONDS, tonic=6), likes=0.0).total


def test_candidates_have_the_same_plan() -> None:
    plans = [
        Draft(Order(5, 60.0, {"key": "C major"}, form="rondo", candidate=candidate), CONTROLS).wishes.plan
        for candidate in range(3)
    ]
    assert plans[0] == plans[1] == plans[2]
