"""What each layer plays in a bar, in pulses and pitches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from model.patterns.form import Layer
from model.patterns.harmony import Chord, Scale, nearest
from model.patterns.theme import REST, Theme


class Struck(NamedTuple):
    """A note of the score: when and how long it is held, in pulses, and which layer plays it."""

    pulse: float
    pitch: int
    hold: float
    layer: Layer


@dataclass(frozen=True)
class Bar:
    """One chord's time.

    Attributes:
        start: its first pulse.
        cell: pulses of its cell.
        repeats: how often the cell is played.
        place: its number in the section.
        chord: the harmony.
        low: the left hand's voices, lowest first.
        high: the right hand's.
        crown: where the melody lies.
    """

    start: int
    cell: int
    repeats: int
    place: int
    chord: Chord
    low: tuple[int, ...]
    high: tuple[int, ...]
    crown: int

    @property
    def pulses(self) -> int:
        """How long it lasts."""
        return self.cell * self.repeats

    def cells(self) -> range:
        """The first pulse of each cell."""
        return range(self.start, self.start + self.pulses, self.cell)


def play(layer: Layer, bar: Bar, theme: Theme, scale: Scale) -> list[Struck]:
    """A layer's notes in a bar."""
    return _PLAYERS[layer](bar, theme, scale)


def _figured(bar: Bar, figure: tuple[int, ...], pool: tuple[int, ...], layer: Layer) -> list[Struck]:
    """A figure's first notes, as many as the cell has pulses: what additive music adds to and takes from."""
    return [
        Struck(start + place, pool[min(voice, len(pool) - 1)], 1.0, layer)
        for start in bar.cells()
        for place, voice in enumerate(figure[: bar.cell])
        if voice != REST
    ]


def _low_figure(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    notes = _figured(bar, theme.low, bar.low, Layer.LOW_FIGURE)
    if theme.swing:  # the bass on the chord's first pulse, whatever the figure begins with
        notes = [note for note in notes if note.pulse != bar.start]
        notes.append(Struck(bar.start, bar.low[0], 2.0, Layer.LOW_FIGURE))
    return notes


def _high_figure(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    return _figured(bar, theme.high, (*bar.high, bar.high[0] + 12), Layer.HIGH_FIGURE)


def _cross(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    """Three against two: three notes in the time of each two pulses, or of four."""
    width = 2 if bar.cell % 2 == 0 and bar.cell < 8 else 4
    notes = []
    for place in range(bar.pulses // width * 3):
        voice = theme.high[place % 6]
        if voice != REST:
            pulse = bar.start + place * width / 3
            pitch = bar.high[voice % len(bar.high)]
            notes.append(Struck(pulse, pitch, width / 3, Layer.CROSS))
    return notes


def _phase(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    """The left hand's cell in the right hand, shifted by one place more every second bar (Reich)."""
    shift = bar.place // 2 % bar.cell
    cell = theme.low[: bar.cell]
    return _figured(bar, cell[shift:] + cell[:shift], (*bar.high, bar.high[0] + 12), Layer.PHASE)


def _pulse(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    places = sorted({int(share * bar.cell) for share in theme.accents})
    voices = bar.high[-2:] if bar.cell > 4 else bar.high[:3]
    return [
        Struck(start + place, pitch, 0.9, Layer.PULSE)
        for start in bar.cells()
        for place in places
        for pitch in voices
    ]


def _bass(bar: Bar, _theme: Theme, _scale: Scale) -> list[Struck]:
    root = bar.low[0]
    deep = root - 12 if root >= 40 else root
    notes = [Struck(bar.start, deep, bar.pulses * 0.95, Layer.BASS)]
    if bar.place % 2 == 0:
        notes.append(Struck(bar.start, deep + 12, bar.pulses * 0.95, Layer.BASS))
    return notes


def _chords(bar: Bar, _theme: Theme, _scale: Scale) -> list[Struck]:
    fifth = nearest(bar.chord.tones[2], bar.low[0] + 7)
    low = [bar.low[0], fifth] if bar.place % 3 else [bar.low[0]]
    return (
        [Struck(bar.start, pitch, bar.pulses * 0.9, Layer.CHORDS) for pitch in (*low, *bar.high)]
        + [  # the middle of a long chord is touched again, softly
            Struck(start, pitch, bar.cell * 0.9, Layer.CHORDS)
            for start in bar.cells()[1:]
            for pitch in bar.high[:2]
        ]
    )


def _waltz(bar: Bar, _theme: Theme, _scale: Scale) -> list[Struck]:
    notes = []
    middle = [pitch - 12 if pitch > 66 else pitch for pitch in bar.high]
    for start in bar.cells():
        notes.append(Struck(start, bar.low[0], bar.cell * 0.95, Layer.WALTZ))
        notes += [Struck(start + bar.cell // 3, pitch, bar.cell * 0.6, Layer.WALTZ) for pitch in middle]
    return notes


def _melody(bar: Bar, theme: Theme, scale: Scale) -> list[Struck]:
    """The motif, grown by a note from bar to bar; every fourth bar is silent."""
    if bar.place % 4 == 3:
        return []
    notes: list[Struck] = []
    pulse = 0
    pitch = min((nearest(tone, bar.crown) for tone in bar.chord.tones), key=lambda p: abs(p - bar.crown))
    reach = 2 + bar.place % len(theme.motif)
    for step, length in theme.motif[:reach]:
        if pulse >= bar.pulses:
            break
        pitch = scale.near(pitch, step)
        if length >= 3:  # what is held shall belong to the chord
            pitch = min((nearest(tone, pitch) for tone in bar.chord.tones), key=lambda p: abs(p - pitch))
        notes.append(Struck(bar.start + pulse, pitch, min(length, bar.pulses - pulse), Layer.MELODY))
        pulse += length
    if notes and pulse < bar.pulses:
        notes[-1] = notes[-1]._replace(hold=float(min(bar.start + bar.pulses - notes[-1].pulse, 6)))
    return notes


def _tintinnabuli(bar: Bar, theme: Theme, scale: Scale) -> list[Struck]:
    """A voice that walks by step to or from a central tone, and with each note one of the tonic triad.

    After Hillier, "Arvo Pärt" (1997), who describes the four modes of the walking voice and the triad's
    first position below.
    """
    triad = {tone % 12 for tone in scale.triad(0)}
    centre = nearest(scale.tones[0], bar.crown - 2)
    rising, leaving = theme.motif[0][1] % 2 == 0, bar.place % 2 == 0
    notes = []
    for start in bar.cells():
        for place in range(bar.cell):
            away = place if leaving else bar.cell - 1 - place
            pitch = scale.near(centre, away if rising == leaving else -away)
            below = next(p for p in range(pitch - 1, 0, -1) if p % 12 in triad)
            hold = 1.0 if place < bar.cell - 1 else 1.8
            notes.append(Struck(start + place, pitch, hold, Layer.TINTINNABULI))
            notes.append(Struck(start + place, below, hold, Layer.TINTINNABULI))
    return notes


def _bells(bar: Bar, theme: Theme, _scale: Scale) -> list[Struck]:
    """High chord tones, never on a chord's first pulse, where the hand is busy."""
    high = [pitch + 24 if pitch < 66 else pitch + 12 for pitch in bar.high]
    return [
        Struck(bar.start + max(1, int(share * bar.pulses)), high[voice], 2.0, Layer.BELLS)
        for share, voice in theme.bells
    ]


_Player = Callable[[Bar, Theme, Scale], list[Struck]]
_PLAYERS: dict[Layer, _Player] = {
    Layer.BASS: _bass,
    Layer.LOW_FIGURE: _low_figure,
    Layer.HIGH_FIGURE: _high_figure,
    Layer.CROSS: _cross,
    Layer.PHASE: _phase,
    Layer.PULSE: _pulse,
    Layer.CHORDS: _chords,
    Layer.WALTZ: _waltz,
    Layer.MELODY: _melody,
    Layer.TINTINNABULI: _tintinnabuli,
    Layer.BELLS: _bells,
}
