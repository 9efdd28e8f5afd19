import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.checkpoint import Checkpoint
from model.corpus import STYLES
from model.errors import ControlError
from model.events import END, NOTE_OFF, NOTE_ON, START, TIME_SHIFT, VELOCITY, VOCABULARY_SIZE
from model.keys import key_index, typical_histogram
from model.performance import Events, Note, decode, encode
from model.performance_controls import standard_controls
from model.sampling.completion import FLATNESS
from model.sampling.draft import Draft
from model.sampling.order import NO_PRIMER, Order

CONTROLS = standard_controls(STYLES)

LIKINGS = {
    "nothing": [],
    "to end": [END],
    "to go on": [*range(END)],
    "to strike": [*range(NOTE_ON, NOTE_OFF)],
    "to let go": [*range(NOTE_OFF, TIME_SHIFT)],
    "to wait": [*range(TIME_SHIFT, VELOCITY)],
    "to wait long": [VELOCITY - 1],
    "to wait and to end": [VELOCITY - 1, END],
    "to hurry": [TIME_SHIFT],
    "to change loudness": [*range(VELOCITY, START)],
    "one note": [NOTE_ON + 60],
    "what no piano has": [NOTE_ON, NOTE_ON + 127],
    "to begin anew": [START],
}

PRIMERS = {
    "none": NO_PRIMER,
    "two chords": encode([Note(p, 70, s, s + 0.9) for s in (0.0, 1.0) for p in (60, 64, 67)]),
    "a long silence": encode([Note(60, 70, 0.0, 0.5), Note(62, 30, 4.0, 4.25)]),
    "a long note": encode([Note(60, 70, 0.0, 7.0)]),
    "beyond the piano": encode([Note(2, 70, 0.0, 0.5), Note(125, 90, 0.25, 1.0)]),
    "one key struck twice at once": encode([Note(60, 70, 0.0, 3.0), Note(60, 70, 1.0, 2.0)]),
    "keys still down": np.array([NOTE_ON + 60, TIME_SHIFT + 49, NOTE_ON + 64], dtype=np.uint16),
    "a wait at its end": np.array(
        [NOTE_ON + 60, TIME_SHIFT + 49, NOTE_OFF + 60, *[VELOCITY - 1] * 30], dtype=np.uint16
    ),
}  # fmt: skip


def played(order: Order, likes: list[int], strength: float = 30.0) -> Draft:
    """A piece by a network that likes some events and is otherwise moody."""
    draft = Draft(order, CONTROLS)
    random = np.random.Generator(np.random.PCG64(order.seed))
    wish = np.zeros(VOCABULARY_SIZE)
    wish[likes] = strength
    for _ in range(20_000):
        if draft.is_finished:
            return draft
        draft.take((wish + random.normal(0, 2, VOCABULARY_SIZE))[None])
    raise AssertionError("the piece did not end")


def own_notes(draft: Draft, primer: Events) -> list[Note]:
    """The notes that are not the primer's, by the times of the whole performance."""
    notes = decode(draft.events)
    for note in decode(primer):
        notes.remove(note)
    return notes


def check(order: Order, draft: Draft) -> None:
    """Whatever the network likes, this holds."""
    notes = draft.notes()
    assert min(note.start for note in notes) == 0.0
    assert abs(max(note.end for note in notes) - order.seconds) <= 2.0
    primer = encode(decode(order.primer))
    primer_end = max((note.end for note in decode(primer)), default=0.0)
    own = own_notes(draft, primer)
    assert own
    assert all(21 <= note.pitch <= 108 for note in own)
    assert all(0.01 <= round(note.end - note.start, 6) <= 20.0 for note in own)
    for pitch in range(21, 109):
        repeated = [note for note in own if note.pitch == pitch]
        assert all(one.end <= next_one.start for one, next_one in itertools.pairwise(repeated))
    silent_since = primer_end
    for note in own:
        assert note.start - silent_since <= 2.0 + 1e-9
        silent_since = max(silent_since, note.end)


@pytest.mark.parametrize("likes", LIKINGS)
@pytest.mark.parametrize("seconds", [10.0, 33.3])
def test_any_network_plays_what_a_pianist_could(likes: str, seconds: float) -> None:
    order = Order(seed=3, seconds=seconds)
    check(order, played(order, LIKINGS[likes]))


@pytest.mark.parametrize("is_heard", [True, False], ids=["heard", "not heard"])
@pytest.mark.parametrize("primer", [name for name in PRIMERS if name != "none"])
@pytest.mark.parametrize("likes", ["nothing", "to end", "to wait", "to strike"])
def test_any_network_goes_on_from_any_primer(likes: str, primer: str, is_heard: bool) -> None:
    order = Order(seed=4, seconds=14.0, primer=PRIMERS[primer], is_primer_heard=is_heard)
    check(order, played(order, LIKINGS[likes]))


@given(
    seed=st.integers(0, 2**63 - 1),
    seconds=st.floats(10, 60),
    likes=st.lists(st.integers(0, VOCABULARY_SIZE - 1), max_size=40),
    strength=st.floats(-60, 60),
    temperature=st.floats(0.1, 2),
    top_p=st.floats(0.01, 1),
    primer=st.sampled_from(sorted(PRIMERS)),
    is_heard=st.booleans(),
)
@settings(max_examples=25)
def test_any_order_is_fulfilled(
    seed: int,
    seconds: float,
    likes: list[int],
    strength: float,
    temperature: float,
    top_p: float,
    primer: str,
    is_heard: bool,
) -> None:
    order = Order(
        seed, seconds, temperature=temperature, top_p=top_p, primer=PRIMERS[primer], is_primer_heard=is_heard
    )
    check(order, played(order, likes, strength))


@pytest.mark.parametrize("primer", ["two chords", "a long silence", "beyond the piano"])
def test_a_primer_that_is_heard_stands_at_the_beginning(primer: str) -> None:
    order = Order(seed=5, seconds=12.0, primer=PRIMERS[primer])
    draft = played(order, [])
    expected = decode(PRIMERS[primer])
    assert draft.events[: PRIMERS[primer].size] == PRIMERS[primer].tolist()
    end = max(note.end for note in expected)
    assert [note for note in draft.notes() if note.start < end] == expected


def test_a_primer_that_is_not_heard_is_left_out() -> None:
    order = Order(seed=5, seconds=12.0, primer=PRIMERS["beyond the piano"], is_primer_heard=False)
    draft = played(order, [])
    assert draft.events[: order.primer.size] == order.primer.tolist()
    assert not {note.pitch for note in draft.notes()} & {2, 125}
    assert draft.notes()[0].start == 0.0


def test_the_network_is_told_of_the_primer_before_it_is_asked(play: Callable[[str], Events]) -> None:
    draft = Draft(Order(seed=0, seconds=10.0, primer=play("loud9 on60 wait50 off60")), CONTROLS)
    seen = []
    for _ in range(5):
        seen.append((draft.previous, int(draft.ages[60])))
        draft.take(np.zeros((1, VOCABULARY_SIZE)))
    shift = TIME_SHIFT + 49
    assert seen == [(START, -1), (VELOCITY + 8, -1), (NOTE_ON + 60, 0), (shift, 50), (NOTE_OFF + 60, -1)]


def time_left(features: npt.NDArray[np.float32]) -> float:
    """The seconds that the features tell: a weighted mean of two knots."""
    control = next(control for control in CONTROLS.controls if control.name == "time_left")
    place = sum(one.width for one in itertools.takewhile(lambda one: one is not control, CONTROLS.controls))
    knots = np.array([0, 0.5, 1, 2, 4, 7, 12, 20, 40, 80, 160, 320])
    return float(features[place : place + control.width] @ knots)


@pytest.mark.parametrize(("is_heard", "at_first"), [(True, 10.0), (False, 11.9)])
def test_the_features_tell_the_time_that_is_left(is_heard: bool, at_first: float) -> None:
    order = Order(seed=6, seconds=10.0, primer=PRIMERS["two chords"], is_primer_heard=is_heard)
    draft = Draft(order, CONTROLS)
    assert time_left(draft.features) == pytest.approx(at_first, abs=1e-3)
    wait = np.zeros(VOCABULARY_SIZE)
    wait[TIME_SHIFT + 99] = 50.0
    told, steps = [], 0
    while not draft.is_finished:
        assert draft.features.dtype == np.float32
        assert time_left(draft.features) == pytest.approx(max(at_first - steps / 100, 0), abs=1e-3)
        told.append(draft.share_done)
        before = len(draft.events)
        draft.take(wait[None])
        new = draft.events[before:]
        steps += sum(event - TIME_SHIFT + 1 for event in new if TIME_SHIFT <= event < VELOCITY)
    assert told == sorted(told)
    assert (told[0], draft.share_done) == (0.0, 1.0)


def test_what_is_asked_is_told_at_every_step() -> None:
    order = Order(seed=0, seconds=10.0, asked={"style": "pop", "rendition": "score", "density": None})
    draft = Draft(order, CONTROLS)
    constant = CONTROLS.features(CONTROLS.constant({"style": "pop", "rendition": "score"}), 1)[0]
    is_constant = constant != 0
    assert is_constant.sum() == 2
    while not draft.is_finished:
        assert (draft.features[is_constant] == 1).all()
        assert np.count_nonzero(draft.features) <= 4  # and two knots of the time left
        draft.take(np.zeros((1, VOCABULARY_SIZE)))


def test_a_key_is_told_with_the_pitch_classes_of_its_pieces() -> None:
    asked = {"key": "D minor"}
    by_key = Draft(Order(seed=0, seconds=10.0, asked=asked), CONTROLS).features
    typical = typical_histogram(key_index("D minor")) ** FLATNESS
    both = asked | {"pitch_class_histogram": typical / typical.sum()}
    assert np.array_equal(by_key, Draft(Order(seed=0, seconds=10.0, asked=both), CONTROLS).features)
    other = asked | {"pitch_class_histogram": np.eye(12)[0]}
    assert not np.array_equal(by_key, Draft(Order(seed=0, seconds=10.0, asked=other), CONTROLS).features)


@pytest.mark.parametrize(("guidance", "closing"), [(2.0, 3.5), (1.0, 1.0), (0.5, 0.5)])
def test_a_piece_is_led_further_towards_its_end(guidance: float, closing: float) -> None:
    draft = Draft(Order(seed=0, seconds=10.0, guidance=guidance), CONTROLS)
    assert draft.is_guided is (guidance != 1)
    steps = 0
    while not draft.is_finished:
        assert draft.guidance == (closing if steps >= 600 else guidance)
        before = len(draft.events)
        draft.take(np.zeros((2 if draft.is_guided else 1, VOCABULARY_SIZE)))
        steps += sum(
            event - TIME_SHIFT + 1 for event in draft.events[before:] if TIME_SHIFT <= event < VELOCITY
        )
    assert steps > 600


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"style": "polka"}, 'There is no style "polka"; known are: baroque, .*'),
        ({"density": 99.0}, "The density must lie between 0 and 30 notes a second, not 99.0."),
        ({"tempo": 120}, "There is no control tempo."),
    ],
)
def test_what_no_control_allows_is_refused(asked: dict[str, object], sentence: str) -> None:
    with pytest.raises(ControlError, match=sentence):
        Draft(Order(seed=0, seconds=10.0, asked=asked), CONTROLS)


def test_seed_and_candidate_decide_the_piece(checkpoint: Checkpoint) -> None:
    def events(seed: int, candidate: int = 0) -> list[int]:
        draft = Draft(Order(seed=seed, seconds=10.0, candidate=candidate), checkpoint.controls)
        while not draft.is_finished:
            draft.take(np.zeros((1, VOCABULARY_SIZE)))
        return draft.events

    assert events(1) == events(1)
    assert len({tuple(events(seed, candidate)) for seed in (1, 2) for candidate in (0, 1)}) == 4
