"""A piano roll of a piece: pitch against time, velocity as colour.

The card carries its own dark, opaque ground with rounded corners, so that it looks the same in a dark and in
a light chat window. Chat clients show it at about half its size: the letters are twice as large as they seem
to need. Equal input gives equal bytes on equal versions of Pillow.
"""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from PIL import Image, ImageDraw

from worker.lettering import shortened, typeface
from worker.palette import (
    BLACK_KEY,
    GROUND,
    LOUDEST,
    OCTAVE_LINE,
    QUIET_TEXT,
    ROLL,
    ROLL_BLACK_KEYS,
    SOFTEST,
    TEXT,
    TIME_LINE,
    WHITE_KEY,
    Colour,
    mixed,
    velocity_colour,
)

WIDTH: Final = 1200
HEIGHT: Final = 500


class PlayedNote(Protocol):
    """A note as it is drawn; `pretty_midi.Note` and `model.performance.Note` are such notes."""

    @property
    def pitch(self) -> int:
        """MIDI pitch, 0..127."""

    @property
    def start(self) -> float:
        """Onset in seconds."""

    @property
    def end(self) -> float:
        """Release in seconds."""

    @property
    def velocity(self) -> int:
        """MIDI velocity, 1..127."""


_MARGIN: Final = 32
_LEFT: Final = 98
_RIGHT: Final = WIDTH - 44
_TOP: Final = 116
_BOTTOM: Final = HEIGHT - 54
_KEYBOARD_WIDTH: Final = 22
_CORNER: Final = 22
_SMOOTHING: Final = 2  # shapes are drawn this many times larger and then reduced

_LEGEND_WIDTH: Final = 150
_LEGEND_HEIGHT: Final = 12
_LEGEND_LEFT: Final = _RIGHT - _LEGEND_WIDTH - 28
_LEGEND_TOP: Final = 42

_SHORTEST_BAR: Final = 3.0
_THINNEST_BAR: Final = 4.0
_MOST_STRIPS: Final = 24
_MOST_FADED: Final = 0.5
_FADE_SECONDS: Final = 2.5

_FEWEST_PITCHES: Final = 30
_TICK_SECONDS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200, 3600)
_TICK_SPACING: Final = 84
_BLACK_KEYS: Final = frozenset({1, 3, 6, 8, 10})
_AFTER_WHITE_KEYS: Final = frozenset({0, 5})  # C and F, whose lower neighbours are white too


@dataclass(frozen=True)
class Axes:
    """Where times and pitches lie in the picture, in pixels from its top left corner."""

    seconds: float
    """Time at the right edge, above 0."""
    lowest: int
    """MIDI pitch of the lowest row."""
    highest: int
    """MIDI pitch of the highest row."""

    @classmethod
    def fitted(cls, notes: Sequence[PlayedNote]) -> "Axes":
        """The axes that show all notes with a margin, and never less than two and a half octaves."""
        lowest = min((note.pitch for note in notes), default=60) - 2
        highest = max((note.pitch for note in notes), default=60) + 2
        missing = max(0, _FEWEST_PITCHES - (highest - lowest + 1))
        lowest = max(0, lowest - missing // 2)
        highest = min(127, max(highest + missing - missing // 2, lowest + _FEWEST_PITCHES - 1))
        lowest = min(lowest, highest - _FEWEST_PITCHES + 1)
        return cls(max((note.end for note in notes), default=10.0) or 1.0, lowest, highest)

    @property
    def row_height(self) -> float:
        """Height of one pitch."""
        return (_BOTTOM - _TOP) / (self.highest - self.lowest + 1)

    def x(self, seconds: float) -> float:
        """Column of a time."""
        return _LEFT + (_RIGHT - _LEFT) * seconds / self.seconds

    def y(self, pitch: float) -> float:
        """Middle of a pitch's row."""
        return _BOTTOM - (pitch - self.lowest + 0.5) * self.row_height

    def ticks(self) -> list[int]:
        """The times, in seconds, that are written under the roll."""
        per_second = (_RIGHT - _LEFT) / self.seconds
        step = next((step for step in _TICK_SECONDS if step * per_second >= _TICK_SPACING), _TICK_SECONDS[-1])
        return list(range(0, int(self.seconds) + 1, step))

    def octaves(self) -> list[int]:
        """The Cs in sight."""
        return [pitch for pitch in range(self.lowest, self.highest + 1) if pitch % 12 == 0]


def draw_piano_roll(notes: Iterable[PlayedNote], *, title: str, subtitle: str = "") -> bytes:
    """A piece as a PNG picture of `WIDTH` by `HEIGHT` pixels.

    A note is brightest where it is struck and fades as a string does. Octaves are named as in C4 = 60.

    Args:
        notes: the notes, in any order; no notes at all make an empty roll.
        title: the large line, shortened where it does not fit. Letters that the typeface lacks are spelled
            with those it has, or left out.
        subtitle: the small line under it, treated alike.
    """
    ordered = sorted(notes, key=lambda note: (note.start, note.velocity, note.pitch, note.end))
    axes = Axes.fitted(ordered)
    canvas = _Canvas()
    _draw_grid(canvas, axes)
    for note in ordered:
        _draw_note(canvas, axes, note)
    _draw_legend(canvas)
    picture = canvas.reduced()
    _write_texts(picture, axes, title, subtitle)
    stream = io.BytesIO()
    picture.save(stream, format="PNG", compress_level=6)
    return stream.getvalue()


class _Canvas:
    """Takes shapes in pixels of the final picture and draws them larger, so that edges become smooth."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH * _SMOOTHING, HEIGHT * _SMOOTHING), GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: Colour, *, cut: int = 0
    ) -> None:
        """Fills a rectangle, its corners cut by so many pixels of the large canvas."""
        x0, y0 = round(left * _SMOOTHING), round(top * _SMOOTHING)
        x1, y1 = max(x0, round(right * _SMOOTHING) - 1), max(y0, round(bottom * _SMOOTHING) - 1)
        if cut and x1 - x0 > 2 * cut and y1 - y0 > 2 * cut:
            self._draw.rectangle((x0 + cut, y0, x1 - cut, y1), fill)
            self._draw.rectangle((x0, y0 + cut, x1, y1 - cut), fill)
        else:
            self._draw.rectangle((x0, y0, x1, y1), fill)

    def reduced(self) -> Image.Image:
        """The picture in its final size, its corners round and transparent."""
        picture = self._image.reduce(_SMOOTHING)
        corners = Image.new("L", self._image.size)
        edge = (0, 0, self._image.width - 1, self._image.height - 1)
        ImageDraw.Draw(corners).rounded_rectangle(edge, _CORNER * _SMOOTHING, 255)
        picture.putalpha(corners.reduce(_SMOOTHING))
        return picture


def _draw_grid(canvas: _Canvas, axes: Axes) -> None:
    """The roll's ground with a row a pitch, the keyboard beside it, and lines for octaves and seconds."""
    half = axes.row_height / 2
    keys = _LEFT - _KEYBOARD_WIDTH - 3
    canvas.box(keys, _TOP, _LEFT - 3, _BOTTOM, WHITE_KEY)
    canvas.box(_LEFT, _TOP, _RIGHT, _BOTTOM, ROLL)
    for pitch in range(axes.lowest, axes.highest + 1):
        top, bottom = axes.y(pitch) - half, axes.y(pitch) + half
        if pitch % 12 in _BLACK_KEYS:
            canvas.box(keys, top, keys + _KEYBOARD_WIDTH * 0.6, bottom, BLACK_KEY)
            canvas.box(_LEFT, top, _RIGHT, bottom, ROLL_BLACK_KEYS)
        elif pitch % 12 in _AFTER_WHITE_KEYS and pitch > axes.lowest:
            canvas.box(keys, bottom - 0.5, _LEFT - 3, bottom + 0.5, BLACK_KEY)
    for second in axes.ticks():
        canvas.box(axes.x(second) - 0.5, _TOP, axes.x(second) + 0.5, _BOTTOM, TIME_LINE)
    for pitch in axes.octaves():
        line = axes.y(pitch) + half
        canvas.box(_LEFT, line - 0.5, _RIGHT, line + 0.5, OCTAVE_LINE)


def _draw_note(canvas: _Canvas, axes: Axes, note: PlayedNote) -> None:
    """A bar that fades with the time since the onset, drawn from its far end to its near one."""
    left = axes.x(note.start)
    width = max(axes.x(note.end) - left - 1, _SHORTEST_BAR)
    half = max(axes.row_height * 0.94, _THINNEST_BAR) / 2
    middle = axes.y(note.pitch)
    colour = velocity_colour(note.velocity)
    strips = max(1, min(_MOST_STRIPS, int(width / 5)))
    for strip in reversed(range(strips)):
        elapsed = (note.end - note.start) * strip / strips
        faded = _MOST_FADED * (1 - math.exp(-elapsed / _FADE_SECONDS))
        end = left + width * (strip + 1) / strips
        canvas.box(left, middle - half, end, middle + half, mixed(colour, ROLL, faded), cut=2)


def _draw_legend(canvas: _Canvas) -> None:
    """The velocity colours from the softest to the loudest."""
    for column in range(_LEGEND_WIDTH):
        colour = velocity_colour(SOFTEST + (LOUDEST - SOFTEST) * column / (_LEGEND_WIDTH - 1))
        inset = 2 if column in (0, _LEGEND_WIDTH - 1) else 0.5 if column in (1, _LEGEND_WIDTH - 2) else 0
        left = _LEGEND_LEFT + column
        canvas.box(left, _LEGEND_TOP + inset, left + 1, _LEGEND_TOP + _LEGEND_HEIGHT - inset, colour)


def _write_texts(picture: Image.Image, axes: Axes, title: str, subtitle: str) -> None:
    """Title, subtitle, and the names of octaves, seconds and loudness."""
    draw = ImageDraw.Draw(picture)
    large, medium, small = (typeface(size) for size in (36, 23, 21))
    width = _LEGEND_LEFT - 56 - _MARGIN
    draw.text((_MARGIN, 54), shortened(title, large, width), TEXT, large, anchor="ls")
    draw.text((_MARGIN, 89), shortened(subtitle, medium, _RIGHT - _MARGIN), QUIET_TEXT, medium, anchor="ls")
    baseline = _LEGEND_TOP + _LEGEND_HEIGHT
    draw.text((_LEGEND_LEFT - 10, baseline), "pp", QUIET_TEXT, small, anchor="rs")
    draw.text((_LEGEND_LEFT + _LEGEND_WIDTH + 10, baseline), "ff", QUIET_TEXT, small, anchor="ls")
    for second in axes.ticks():
        draw.text((axes.x(second), _BOTTOM + 30), f"{second} s", QUIET_TEXT, small, anchor="ms")
    for pitch in axes.octaves():
        place = (_LEFT - _KEYBOARD_WIDTH - 13, axes.y(pitch) + 7)
        draw.text(place, f"C{pitch // 12 - 1}", QUIET_TEXT, small, anchor="rs")
