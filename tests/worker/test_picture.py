import io
from typing import NamedTuple

import pretty_midi
import pytest
from PIL import Image

from worker.lettering import shortened, typeface
from worker.palette import ROLL, ROLL_BLACK_KEYS, velocity_colour
from worker.picture import HEIGHT, WIDTH, Axes, draw_piano_roll


class Note(NamedTuple):
    pitch: int
    start: float
    end: float
    velocity: int = 64


def draw(*notes: Note, title: str = "Romantic in C minor", subtitle: str = "60 s") -> Image.Image:
    return Image.open(io.BytesIO(draw_piano_roll(notes, title=title, subtitle=subtitle)))


def colour_at(picture: Image.Image, axes: Axes, seconds: float, pitch: int) -> tuple[int, ...]:
    """The colour 2 pixels right of a moment, in the middle of a pitch's row."""
    pixel = picture.convert("RGB").getpixel((round(axes.x(seconds)) + 2, round(axes.y(pitch))))
    assert isinstance(pixel, tuple)
    return pixel


SCALE = [Note(60 + step, step * 1.0, step + 0.8, 40 + 8 * step) for step in range(10)]


def test_it_is_a_card_with_round_transparent_corners() -> None:
    picture = draw(*SCALE)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (WIDTH, HEIGHT))
    opacity = picture.getchannel("A")
    for corner in [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)]:
        assert opacity.getpixel(corner) == 0
    assert opacity.getpixel((WIDTH // 2, HEIGHT // 2)) == 255


def test_equal_notes_in_any_order_give_equal_bytes() -> None:
    assert draw_piano_roll(SCALE, title="A") == draw_piano_roll(reversed(SCALE), title="A")


def test_notes_lie_where_their_time_and_pitch_are() -> None:
    picture, axes = draw(*SCALE), Axes.fitted(SCALE)
    for note in SCALE:
        assert colour_at(picture, axes, note.start, note.pitch) == velocity_colour(note.velocity)
        assert colour_at(picture, axes, 9.5 - note.start, note.pitch) in {ROLL, ROLL_BLACK_KEYS}
        assert colour_at(picture, axes, note.start, note.pitch + 1) in {ROLL, ROLL_BLACK_KEYS}


def test_loud_is_brighter_than_soft() -> None:
    notes = [Note(60, 1.0, 2.0, 20), Note(60, 4.0, 5.0, 110)]
    picture, axes = draw(*notes), Axes.fitted(notes)
    soft, loud = (sum(colour_at(picture, axes, note.start, 60)) for note in notes)
    assert loud > soft + 200


def test_a_long_note_fades() -> None:
    notes = [Note(60, 0.0, 10.0, 100)]
    picture, axes = draw(*notes), Axes.fitted(notes)
    struck, later = (sum(colour_at(picture, axes, seconds, 60)) for seconds in (0.0, 8.0))
    assert sum(ROLL) < later < struck


@pytest.mark.parametrize("pitch", [0, 60, 127])
def test_one_note_anywhere_has_octaves_around_it(pitch: int) -> None:
    axes = Axes.fitted([Note(pitch, 0.0, 1.0)])
    assert 0 <= axes.lowest <= pitch <= axes.highest <= 127
    assert axes.highest - axes.lowest >= 24
    assert colour_at(draw(Note(pitch, 0.0, 1.0)), axes, 0.0, pitch) == velocity_colour(64)


@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0, 97.3, 300.0, 3600.0])
def test_ticks_are_few_and_far_apart(seconds: float) -> None:
    axes = Axes.fitted([Note(60, 0.0, seconds)])
    ticks = axes.ticks()
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 14
    assert axes.x(ticks[1]) - axes.x(ticks[0]) >= 80


def test_no_notes_make_an_empty_roll() -> None:
    assert draw().size == (WIDTH, HEIGHT)


def test_five_dense_minutes_stay_small() -> None:
    notes = [Note(30 + i * 37 % 60, i * 0.05, i * 0.05 + 0.1 + i % 7 / 10, 30 + i % 90) for i in range(6000)]
    assert len(draw_piano_roll(notes, title="Dense")) < 200_000


def test_notes_of_pretty_midi_are_notes() -> None:
    note = pretty_midi.Note(velocity=64, pitch=60, start=0.0, end=1.0)
    assert draw_piano_roll([note], title="A") == draw_piano_roll([Note(60, 0.0, 1.0)], title="A")


@pytest.mark.parametrize("title", ["W" * 100_000, "line\nbreak\x00\u202e", "日本", "", "Ré♭ — ½ “x”"])
def test_any_title_can_be_drawn_and_leaves_the_legend_alone(title: str) -> None:
    legend = (930, 30, 1160, 70)
    assert draw(*SCALE, title=title).crop(legend).tobytes() == draw(*SCALE).crop(legend).tobytes()


def test_texts_are_spelled_and_shortened() -> None:
    face = typeface(36)
    assert shortened("D♭  Größe\n— “é”", face, 1000) == 'Db Groesse - "e"'
    cut = shortened("word " * 1000, face, 300)
    assert cut.endswith("word…")
    assert face.getlength(cut) <= 300
