from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.events import (
    END,
    NOTE_OFF,
    NOTE_ON,
    START,
    STEPS_PER_SECOND,
    TIME_SHIFT,
    VELOCITY,
    VOCABULARY_SIZE,
)
from model.form import returning
from model.form.plan import FormPlan, Section
from model.form.returning import EARLY_STEPS, FREE_STEPS, LATE_STEPS, Returning
from model.keyboard import Keyboard
from model.performance import Events, Note, decode, encode

FLAT = np.zeros(VOCABULARY_SIZE, dtype=np.float32)

TUNE = [
    Note(60, 64, 0.0, 1.5),
    Note(64, 64, 0.5, 1.0),
    Note(67, 64, 0.5, 1.0),
    Note(72, 64, 1.75, 1.8),
    Note(72, 64, 1.85, 2.0),
    Note(48, 64, 3.2, 5.0),
]  # fmt: skip
CONTRAST = [Note(50, 64, second, second + 0.75) for second in range(6)]


def plan(letters: str = "ABA", seconds: Sequence[float] = (6, 6, 6)) -> FormPlan:
    edges = np.rint(np.cumsum([0, *seconds]) * STEPS_PER_SECOND).astype(int).tolist()
    sections = tuple(
        Section(
            letter,
            letters[:place].count(letter),
            edges[place],
            edges[place + 1],
            None,
            letters.index(letter) if letter in letters[:place] else None,
        )
        for place, letter in enumerate(letters)
    )
    return FormPlan("ternary", sections, (1.0,), (0.0,))


def never(_draw: int) -> float:
    """What leaves nothing free."""
    return 1.0 - 2**-53


def always(_draw: int) -> float:
    return 0.0


class Player:
    """A piece that is played event by event, with what follows it."""

    def __init__(self, made: FormPlan, uniform: Callable[[int], float] = never, until: int = 10**9) -> None:
        self.returning = Returning(made, until, uniform)
        self.keyboard = Keyboard()
        self.previous = START
        self.events: list[int] = []

    @property
    def now(self) -> int:
        return self.keyboard.now

    def play(self, events: Sequence[int] | Events) -> None:
        """Play what is given, whatever is led to."""
        for event in map(int, events):
            self.led()
            self.keyboard.play(event)
            self.returning.hear(event, self.now)
            self.previous = event
            self.events.append(event)

    def led(self, logits: npt.NDArray[np.floating] = FLAT) -> npt.NDArray[np.floating]:
        return self.returning.led(logits, self.now, self.keyboard.sounding, self.previous)

    def allowed(self) -> npt.NDArray[np.bool_]:
        """What a keyboard allows: no key that is down is struck, none is let go that is not, or at once."""
        sounding = self.keyboard.sounding
        allowed = np.ones(VOCABULARY_SIZE, dtype=np.bool_)
        allowed[[NOTE_ON + pitch for pitch in sounding]] = False
        allowed[NOTE_OFF:TIME_SHIFT] = False
        allowed[[NOTE_OFF + pitch for pitch, onset in sounding.items() if onset < self.now]] = True
        allowed[START:] = False
        return allowed

    def go_on(self, end: int, choose: Callable[[npt.NDArray[np.floating]], int]) -> None:
        """Play what is chosen of the logits that are led to, until a step."""
        for _ in range(20_000):
            if self.now >= end:
                return
            self.play([choose(np.where(self.allowed(), self.led(), -np.inf))])
        raise AssertionError("time stands still")


def likeliest(logits: npt.NDArray[np.floating]) -> int:
    """The likeliest event; of equals a wait."""
    preferred = np.zeros(VOCABULARY_SIZE)
    preferred[TIME_SHIFT:VELOCITY] = 1e-6
    return int((logits + preferred).argmax())


def drawn(seed: int) -> Callable[[npt.NDArray[np.floating]], int]:
    random = np.random.default_rng(seed)

    def choose(logits: npt.NDArray[np.floating]) -> int:
        weights = np.exp(logits - logits.max())
        return int(random.choice(logits.size, p=weights / weights.sum()))

    return choose


def wait(steps: int) -> list[int]:
    return [VELOCITY - 1] * (steps // 100) + ([TIME_SHIFT + steps % 100 - 1] if steps % 100 else [])


def played(player: Player, *sections: list[Note]) -> Player:
    """Sections of 6 s each, one after another; the player stands at the begin of the next."""
    for place, notes in enumerate(sections):
        player.play(encode(notes))
        player.play(wait(600 * (place + 1) - player.now))
    return player


def notes_of(player: Player, begin: float) -> list[Note]:
    """The notes from a time on, counted from there."""
    return [
        note._replace(start=round(note.start - begin, 2), end=round(note.end - begin, 2))
        for note in decode(player.events)
        if note.start >= begin
    ]


def untimed(notes: Sequence[Note]) -> list[tuple[int, float, float]]:
    return [(note.pitch, round(note.start, 2), round(note.end, 2)) for note in notes]


def test_the_source_comes_again_at_its_times_where_the_network_likes_all_alike() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    player.go_on(1780, likeliest)
    assert untimed(notes_of(player, 12.0)) == untimed(TUNE)


def test_every_return_takes_up_the_first_section_of_its_letter() -> None:
    player = played(Player(plan("ABAA", (6, 6, 6, 6))), TUNE, CONTRAST, [Note(90, 64, 0.0, 1.0)])
    player.go_on(2380, likeliest)
    assert untimed(notes_of(player, 18.0)) == untimed(TUNE)


def test_a_shorter_return_takes_up_what_fits() -> None:
    player = played(Player(plan("ABAC", (6, 6, 1, 6))), TUNE, CONTRAST)
    player.go_on(1300, likeliest)
    assert {note[:2] for note in untimed(notes_of(player, 12.0))} == {(60, 0.0), (64, 0.5), (67, 0.5)}
    assert player.led() is FLAT


@pytest.mark.parametrize("seed", range(4))
def test_the_source_comes_again_where_it_is_led_to_strongly(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "LEAN", 15.0)
    player = played(Player(plan()), TUNE, CONTRAST)
    player.go_on(1800, drawn(seed))
    struck = notes_of(player, 12.0)
    near = (LATE_STEPS + 1) / STEPS_PER_SECOND
    found = [
        note
        for note in TUNE
        if any(one.pitch == note.pitch and abs(one.start - note.start) <= near for one in struck)
    ]
    assert found == TUNE


def test_a_section_without_a_source_is_the_networks_own() -> None:
    logits = np.random.default_rng(0).normal(size=VOCABULARY_SIZE)
    player = Player(plan("ABC"))
    for notes in (TUNE, CONTRAST, TUNE):
        assert player.led(logits) is logits
        for event in [*encode(notes).tolist(), *wait(90)]:
            player.play([event])
            assert player.led(logits) is logits
        player.play(wait(600 - player.now % 600))


def test_from_the_closing_on_nothing_is_taken_up() -> None:
    player = played(Player(plan(), until=1500), TUNE, CONTRAST)
    player.play(wait(299))
    assert player.led() is not FLAT
    player.play(wait(1))
    assert player.led() is FLAT


def test_what_is_drawn_free_is_the_networks_own() -> None:
    assert played(Player(plan(), always), TUNE, CONTRAST).led() is FLAT
    asked: list[int] = []

    def listed(draw: int) -> float:
        asked.append(draw)
        return never(draw)

    player = played(Player(plan(), listed), TUNE, CONTRAST)
    assert not asked
    player.go_on(1800 - FREE_STEPS // 2, likeliest)
    spans = list(dict.fromkeys(asked))
    assert len(spans) == -(-(600 - FREE_STEPS // 2) // FREE_STEPS)  # one draw for each span that was begun
    first_is_free = played(Player(plan(), lambda draw: float(draw != spans[0])), TUNE, CONTRAST)
    assert first_is_free.led() is FLAT
    first_is_free.play(wait(FREE_STEPS))
    assert first_is_free.led() is not FLAT


def test_the_next_return_has_free_spans_of_its_own() -> None:
    asked: set[int] = set()

    def listed(draw: int) -> float:
        asked.add(draw)
        return never(draw)

    player = played(Player(plan("AAA"), listed), TUNE)
    player.go_on(1200, likeliest)
    before = set(asked)
    asked.clear()
    player.go_on(1800, likeliest)
    assert not asked & before


def test_a_note_is_likelier_just_when_it_is_due() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([NOTE_ON + 60, *wait(50 - EARLY_STEPS - 1)])
    assert player.led()[[NOTE_ON + 64, NOTE_ON + 67]].tolist() == [0.0, 0.0]
    player.play(wait(1))
    gain = player.led()[NOTE_ON + 64]
    assert gain > 0
    assert np.flatnonzero(player.led()[NOTE_ON:NOTE_OFF]).tolist() == [64, 67]
    player.play([NOTE_ON + 64])
    assert np.flatnonzero(player.led()[NOTE_ON:NOTE_OFF]).tolist() == [67]  # once is enough
    player.play(wait(EARLY_STEPS + LATE_STEPS))
    assert player.led()[NOTE_ON + 67] == gain
    player.play(wait(1))
    assert player.led()[NOTE_ON + 67] == 0


def test_loudness_is_the_networks_own() -> None:
    logits = np.random.default_rng(0).normal(size=VOCABULARY_SIZE).astype(np.float32)
    player = played(Player(plan()), TUNE, CONTRAST)
    before, after = logits[VELOCITY:START], player.led(logits)[VELOCITY:START]
    assert np.ptp(after - before) < 1e-5
    assert (after > before).all()
    player.play([VELOCITY])
    assert np.array_equal(player.led(logits)[VELOCITY:START], before)


def test_the_network_is_not_led_to_a_loudness_for_a_note_that_it_will_not_play() -> None:
    """However unlikely the notes are that are due, a VELOCITY is no likelier for it than they."""
    averse = FLAT.copy()
    averse[NOTE_ON + 60] = -100.0
    player = played(Player(plan()), TUNE, CONTRAST)
    assert player.led(averse)[VELOCITY:START] == pytest.approx(np.zeros(START - VELOCITY), abs=1e-6)


def test_a_key_that_is_down_is_let_go_before_it_is_struck_again() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([NOTE_ON + 64, *wait(50)])  # the network's own, in the way of the source's
    led = player.led()
    assert led[NOTE_OFF + 64] > 0
    assert led[NOTE_ON + 64] == 0
    player.play([NOTE_OFF + 64])
    assert player.led()[NOTE_ON + 64] > 0


def test_a_note_that_was_taken_up_is_held_as_long() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([NOTE_ON + 60, *wait(149)])
    assert player.led()[NOTE_OFF + 60] == 0
    player.play(wait(1))
    assert player.led()[NOTE_OFF + 60] > 0


def test_the_network_may_play_and_hold_notes_of_its_own() -> None:
    """A note of its own is let go as readily as the piece goes on, which is what it competes with."""
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([NOTE_ON + 60, NOTE_ON + 80, *wait(10)])
    led = player.led()
    assert led[TIME_SHIFT + 39] == pytest.approx(led[NOTE_OFF + 80])
    assert led[NOTE_OFF + 60] == 0


def test_once_all_has_returned_the_network_goes_on_by_itself() -> None:
    player = played(Player(plan("ABA", (6, 6, 12))), TUNE, CONTRAST)
    player.go_on(1800, likeliest)
    assert np.array_equal(player.led(), FLAT)
    player.play([NOTE_ON + 80, *wait(10)])
    assert np.array_equal(player.led(), FLAT)


def test_end_and_start_are_never_led_to() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    while player.now < 1800:
        assert player.led()[[START, END]].tolist() == [0.0, 0.0]
        player.play([likeliest(np.where(player.allowed(), player.led(), -np.inf))])


def test_a_source_without_notes_asks_for_none() -> None:
    player = Player(plan("AA", (6, 6)))
    player.play(wait(600))
    assert np.array_equal(player.led(), FLAT)


@settings(max_examples=30)
@given(
    notes=st.lists(
        st.builds(
            lambda pitch, start, steps: Note(pitch, 64, start / 100, (start + steps) / 100),
            st.integers(40, 80),
            st.integers(0, 590),
            st.integers(1, 300),
        ),
        max_size=30,
    ),
    seed=st.integers(0, 100),
)
def test_whatever_returns_time_goes_on(notes: list[Note], seed: int) -> None:
    player = Player(replace(plan("ABA", (6, 2, 4))), lambda draw: (draw * 0.37) % 1)
    player.play(encode(notes))
    player.go_on(800, drawn(seed))
    player.go_on(1200, drawn(seed))
    assert np.isfinite(player.led()).all()


def test_velocities_never_follow_each_other_for_a_return() -> None:
    """A VELOCITY that was just played makes no further one likelier."""
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([VELOCITY + 20])
    assert not player.led()[VELOCITY:START].any()


def test_a_lean_is_the_same_for_all_that_is_due() -> None:
    player = played(Player(plan()), TUNE, CONTRAST)
    player.play([NOTE_ON + 60, *wait(50)])
    assert player.led()[[NOTE_ON + 64, NOTE_ON + 67]].tolist() == [returning.LEAN] * 2
