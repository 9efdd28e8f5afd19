import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.audio import AudioFormat
from model.midi import write_midi
from model.performance import Note, decode, encode
from worker.errors import CanceledError, SynthesisError
from worker.soundfonts import Soundfont, find_soundfont
from worker.stop import Stop
from worker.studio import Studio
from worker.turns import Turns

TUNE = decode(encode([Note(60 + step, 70, step / 4, step / 4 + 0.5) for step in range(20)]))
FORMAT = AudioFormat.MP3


@pytest.fixture(scope="module")
def soundfont() -> Soundfont:
    return find_soundfont(None, own=Path("/nonexistent"), search=())


@pytest.fixture
def stop() -> Stop:
    return Stop()


@pytest.fixture
def studio(soundfont: Soundfont, stop: Stop) -> Iterator[Studio]:
    before = threading.active_count()
    with Studio(soundfont, Turns(1), 0.0, stop) as studio:
        yield studio
    assert threading.active_count() == before


def followed(studio: Studio, notes: list[Note], title: str = "Tune", at_once: int = 7) -> None:
    """Let the studio hear a piece while it is sampled."""
    live = studio.follow(FORMAT, title)
    events = encode(notes).tolist()
    for begin in range(0, len(events), at_once):
        live.hear(events[begin : begin + at_once])


def recorded(studio: Studio, notes: list[Note], title: str = "Tune") -> bytes:
    return studio.record(write_midi(notes), FORMAT, title).finish()


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_what_is_heard_on_is_what_is_recorded_afterwards(studio: Studio, at_once: int) -> None:
    whole = recorded(studio, TUNE)
    followed(studio, TUNE, at_once=at_once)
    assert recorded(studio, TUNE) == whole


def test_a_piece_that_followed_is_not_rendered_again(
    studio: Studio, soundfont: Soundfont, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed(studio, TUNE)
    monkeypatch.setattr("worker.studio.Recording", None)
    assert recorded(studio, TUNE)


@pytest.mark.parametrize(("notes", "title"), [(TUNE[:-1], "Tune"), (TUNE, "Another")])
def test_what_followed_another_piece_is_given_up(studio: Studio, notes: list[Note], title: str) -> None:
    whole = recorded(studio, TUNE)
    followed(studio, notes, title)
    followed(studio, notes, title)
    assert recorded(studio, TUNE) == whole


def test_a_stop_ends_the_recording(studio: Studio, stop: Stop) -> None:
    followed(studio, TUNE)
    stop.cancel()
    with pytest.raises(CanceledError):
        recorded(studio, TUNE)


def test_what_waits_for_strokes_lets_others_have_the_turn(soundfont: Soundfont) -> None:
    turns = Turns(1)
    with Studio(soundfont, turns, 0.0, Stop()) as waiting, Studio(soundfont, turns, 1.0, Stop()) as other:
        waiting.follow(FORMAT, "Nothing yet")
        begun = time.monotonic()
        assert recorded(other, TUNE)
        assert time.monotonic() - begun < 30


def test_a_file_without_notes_is_refused(studio: Studio) -> None:
    with pytest.raises(SynthesisError, match="no notes"):
        studio.record(write_midi([]), FORMAT, "Silence")
