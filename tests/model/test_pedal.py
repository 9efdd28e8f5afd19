import pretty_midi
import pytest

from model.pedal import last_moment, sustained
from model.performance import Note

Key = tuple[int, float, float]
"""Pitch, key down, key up."""


def piano(keys: list[Key], pedal: list[tuple[float, int]]) -> pretty_midi.Instrument:
    instrument = pretty_midi.Instrument(program=0)
    instrument.notes = [pretty_midi.Note(64, pitch, start, end) for pitch, start, end in keys]
    instrument.control_changes = [pretty_midi.ControlChange(64, value, time) for time, value in pedal]
    return instrument


@pytest.mark.parametrize(
    ("keys", "pedal", "sounding"),
    [
        # without a pedal nothing changes
        ([(60, 0.0, 1.0)], [], [(60, 0.0, 1.0)]),
        # held until the pedal is lifted
        ([(60, 0.0, 1.0)], [(0.5, 127), (2.0, 0)], [(60, 0.0, 2.0)]),
        # the key is let go before the pedal goes down
        ([(60, 0.0, 1.0)], [(1.5, 127), (2.0, 0)], [(60, 0.0, 1.0)]),
        # at the moment of the release the pedal goes down first
        ([(60, 0.0, 1.0)], [(1.0, 127), (2.0, 0)], [(60, 0.0, 2.0)]),
        # a key that is still down when the pedal is lifted ends with the key
        ([(60, 0.0, 3.0)], [(0.5, 127), (2.0, 0)], [(60, 0.0, 3.0)]),
        # never lifted: until the end
        ([(60, 0.0, 1.0)], [(0.5, 127)], [(60, 0.0, 9.0)]),
        # 63 is up, 64 is down
        ([(60, 0.0, 1.0)], [(0.5, 63), (2.0, 0)], [(60, 0.0, 1.0)]),
        ([(60, 0.0, 1.0)], [(0.5, 64), (2.0, 63)], [(60, 0.0, 2.0)]),
        # a pedal that goes down again while it is down goes on
        ([(60, 0.0, 1.0)], [(0.5, 64), (1.5, 127), (2.0, 0)], [(60, 0.0, 2.0)]),
        # struck again under the pedal: the earlier note ends there
        (
            [(60, 0.0, 1.0), (60, 1.5, 1.75)],
            [(0.5, 127), (2.0, 0)],
            [(60, 0.0, 1.5), (60, 1.5, 2.0)],
        ),
        # struck again while its key is down, as two voices do: the earlier note ends there too
        (
            [(60, 0.0, 3.0), (60, 1.0, 1.25)],
            [(0.5, 127), (2.0, 0)],
            [(60, 0.0, 1.0), (60, 1.0, 2.0)],
        ),
        # struck twice at once under the pedal: one note is left
        ([(60, 1.0, 2.0), (60, 1.0, 3.0)], [(0.5, 127), (4.0, 0)], [(60, 1.0, 4.0)]),
        # struck twice at once without it: both are
        ([(60, 1.0, 2.0), (60, 1.0, 3.0)], [], [(60, 1.0, 2.0), (60, 1.0, 3.0)]),
        # other pitches are held on their own
        (
            [(60, 0.0, 1.0), (62, 1.5, 1.75)],
            [(0.5, 127), (2.0, 0)],
            [(60, 0.0, 2.0), (62, 1.5, 2.0)],
        ),
        # lifted and pressed at once: down comes first, so the note ends
        ([(60, 0.0, 1.0)], [(0.5, 127), (2.0, 127), (2.0, 0), (3.0, 0)], [(60, 0.0, 2.0)]),
        # two pedals in a row
        (
            [(60, 0.0, 0.5), (60, 2.0, 2.5)],
            [(0.25, 90), (1.0, 10), (2.25, 90), (3.0, 10)],
            [(60, 0.0, 1.0), (60, 2.0, 3.0)],
        ),
    ],
)
def test_how_long_notes_sound(keys: list[Key], pedal: list[tuple[float, int]], sounding: list[Key]) -> None:
    expected = [Note(pitch, 64, start, end) for pitch, start, end in sounding]
    assert sustained(piano(keys, pedal), 9.0) == expected


def test_other_controllers_hold_nothing() -> None:
    instrument = piano([(60, 0.0, 1.0)], [])
    instrument.control_changes = [pretty_midi.ControlChange(66, 127, 0.5)]
    assert sustained(instrument, 9.0) == [Note(60, 64, 0.0, 1.0)]
    assert last_moment(instrument) == 1.0


def test_the_notes_themselves_are_left_as_they_were() -> None:
    instrument = piano([(60, 0.0, 1.0)], [(0.5, 127), (2.0, 0)])
    assert sustained(instrument, 9.0) == sustained(instrument, 9.0)
    assert instrument.notes[0].end == 1.0


@pytest.mark.parametrize(
    ("keys", "pedal", "end"),
    [
        ([], [], 0.0),
        ([(60, 0.0, 1.0), (62, 0.0, 0.5)], [], 1.0),
        ([(60, 0.0, 1.0)], [(0.5, 127), (2.5, 0)], 2.5),
    ],
)
def test_the_last_moment_is_a_release_or_a_movement_of_the_pedal(
    keys: list[Key], pedal: list[tuple[float, int]], end: float
) -> None:
    assert last_moment(piano(keys, pedal)) == end
