"""The written piece: every layer's notes over the chords of its sections, as two hands can play them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np

from model.patterns.form import Form, Layer, Section
from model.patterns.harmony import Chord, Scale, chord, nearest, progression, scale_of, voiced
from model.patterns.layers import Bar, Struck, play
from model.patterns.theme import draw_theme, varied

HAND_SEMITONES = 14
"""What a hand strikes at once lies within a ninth."""

HAND_NOTES = 5

_LEFT = frozenset({Layer.BASS, Layer.LOW_FIGURE, Layer.WALTZ})
_SPLIT_PITCH = 55
"""Where the left hand's part of a chord ends."""

_INNER = frozenset(
    {Layer.HIGH_FIGURE, Layer.CROSS, Layer.PHASE, Layer.PULSE, Layer.WALTZ, Layer.TINTINNABULI}
)
"""Layers that a melody of the right hand has to lie above."""

_LOW_CENTRE = 45
"""The pitch around which the left hand's lowest voice lies."""

_FIRST_KEPT = (Layer.MELODY, Layer.BASS, Layer.TINTINNABULI, Layer.BELLS)
"""Layers whose notes stay where a hand cannot strike all."""

_CLOSING_BARS = 2


@dataclass(frozen=True)
class Score:
    """A piece in pulses.

    Attributes:
        notes: by onset.
        bars: one after another, the closing bars included.
        sections: the first pulse of each section, and of the closing bars.
        intensities: 0..1 of each of those.
        final: the pulse of the last sonority.
    """

    notes: tuple[Struck, ...]
    bars: tuple[Bar, ...]
    sections: tuple[int, ...]
    intensities: tuple[float, ...]
    final: int


@dataclass
class _Voices:
    """Where the voices lie now, so that the next chord is reached by small steps."""

    centre: float
    low: int
    high: tuple[int, ...] | None = None

    def bar(self, start: int, cell: int, repeats: int, place: int, chord: Chord, section: Section) -> Bar:
        """The next bar, its voices led from the last."""
        self.low = nearest(chord.bass, 0.7 * self.low + 0.3 * _LOW_CENTRE)
        self.high = voiced(chord.tones, self.high, self.centre)
        root, third, fifth = chord.tones[:3]
        low = {
            self.low,
            nearest(fifth, self.low + 7),
            nearest(root, self.low + 12),
            nearest(third, self.low + 16),
        }
        high = tuple(pitch + section.lift for pitch in self.high)
        below_melody = _INNER.intersection(section.layers)
        crown = round(self.centre) + (11 if below_melody else 5) + section.lift // 2
        return Bar(start, cell, repeats, place, chord, tuple(sorted(low)), high, crown)


def write(form: Form, key: int, rng: np.random.Generator) -> Score:
    """The notes of a form in a key 0..23."""
    scale = scale_of(key, rng)
    progressions = _progressions(form, scale, rng)
    themes = [draw_theme(rng), draw_theme(rng)]
    voices = _Voices(rng.uniform(60, 69), nearest(key % 12, _LOW_CENTRE))
    notes: list[Struck] = []
    bars: list[Bar] = []
    starts: list[int] = []
    pulse = 0
    for section in form.sections:
        starts.append(pulse)
        theme = themes[section.theme]
        for place, (cell, repeats) in enumerate(zip(section.cells, section.repeats, strict=True)):
            harmonies = progressions[section.theme]
            harmony = harmonies[place % len(harmonies)]
            bar = voices.bar(pulse, cell, repeats, place, harmony, section)
            bars.append(bar)
            for layer in section.layers:
                notes += play(layer, bar, theme, scale)
            pulse += bar.pulses
        if rng.random() < 0.5:
            themes[section.theme] = varied(theme, rng)

    starts.append(pulse)
    tonic = Chord(scale.tones[0], scale.triad(0))
    ground = form.sections[-1]
    for place in range(_CLOSING_BARS):
        bar = voices.bar(pulse, ground.cells[-1], ground.repeats[-1], place, tonic, ground)
        bars.append(bar)
        notes += _thinned(play(ground.layers[0], bar, themes[ground.theme], scale), bar, rng)
        pulse += bar.pulses
    notes += _sonority(bars[-1], scale, pulse, rng)
    intensities = (*(section.intensity for section in form.sections), 0.0)
    return Score(tuple(playable(notes)), tuple(bars), tuple(starts), intensities, pulse)


def playable(notes: Iterable[Struck]) -> list[Struck]:
    """What two hands can strike: in each at once five notes within a ninth, no key twice."""
    kept: list[Struck] = []
    for _, group in groupby(sorted(notes, key=attrgetter("pulse", "pitch")), key=attrgetter("pulse")):
        hands: tuple[list[Struck], list[Struck]] = ([], [])
        for note in sorted(group, key=lambda note: (_rank(note), note.pitch)):
            hand = hands[0 if _is_left(note) else 1]
            pitches = [other.pitch for other in hand] + [note.pitch]
            taken = any(other.pitch == note.pitch for other in hands[0] + hands[1])
            if not taken and len(pitches) <= HAND_NOTES and max(pitches) - min(pitches) <= HAND_SEMITONES:
                hand.append(note)
        kept += sorted(hands[0] + hands[1], key=attrgetter("pitch"))
    return kept


def _rank(note: Struck) -> int:
    return _FIRST_KEPT.index(note.layer) if note.layer in _FIRST_KEPT else len(_FIRST_KEPT)


def _is_left(note: Struck) -> bool:
    return note.layer in _LEFT or (note.layer is Layer.CHORDS and note.pitch < _SPLIT_PITCH)


def _progressions(form: Form, scale: Scale, rng: np.random.Generator) -> list[list[Chord]]:
    """The piece's two cycles of chords."""
    colours = rng.choice(["triad", "seventh", "ninth", "open"], 3, p=[0.5, 0.2, 0.2, 0.1])
    pedal_point = rng.random() < 0.2
    return [
        [
            chord(scale, degree, str(colours[place % 3]) if degree else "triad", pedal_point=pedal_point)
            for place, degree in enumerate(progression(scale, length, rng))
        ]
        for length in form.lengths
    ]


def _thinned(notes: list[Struck], bar: Bar, rng: np.random.Generator) -> list[Struck]:
    """Fewer and fewer of a closing bar's notes; the first stays."""
    through = [(bar.place + (note.pulse - bar.start) / bar.pulses) / _CLOSING_BARS for note in notes]
    return [
        note
        for note, share in zip(notes, through, strict=True)
        if note.pulse == bar.start or rng.random() > 0.2 + 0.6 * share
    ]


def _sonority(bar: Bar, scale: Scale, pulse: int, rng: np.random.Generator) -> list[Struck]:
    """The tonic triad at the end, its root lowest."""
    deep = bar.low[0] - (12 if bar.low[0] >= 40 and rng.random() < 0.6 else 0)
    high = voiced(scale.triad(0), bar.high, 64)
    if rng.random() < 0.3:
        high = high[:2]
    pitches = (deep, deep + (12 if rng.random() < 0.5 else 7), *high)
    return [Struck(pulse, pitch, 1.0, Layer.CHORDS) for pitch in pitches]
