"""The colours of a picture."""

from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""

GROUND: Final[Colour] = (24, 23, 36)
ROLL: Final[Colour] = (33, 32, 48)
ROLL_BLACK_KEYS: Final[Colour] = (28, 27, 41)
OCTAVE_LINE: Final[Colour] = (68, 66, 94)
TIME_LINE: Final[Colour] = (48, 47, 69)
WHITE_KEY: Final[Colour] = (150, 147, 170)
BLACK_KEY: Final[Colour] = GROUND
TEXT: Final[Colour] = (244, 242, 250)
QUIET_TEXT: Final[Colour] = (168, 165, 189)

SOFTEST: Final = 16
"""Velocities up to here share the first colour."""
LOUDEST: Final = 112
"""Velocities from here on share the last colour."""

# Evenly spaced colours of matplotlib's "magma" (S. van der Walt and N. Smith, CC0), whose steps look equally
# large, from 0.40 to 1.00: the darker ones would drown in the ground.
_VELOCITY_COLOURS: Final[tuple[Colour, ...]] = (
    (0x8C, 0x29, 0x81),
    (0xB7, 0x37, 0x79),
    (0xDE, 0x49, 0x68),
    (0xF7, 0x70, 0x5C),
    (0xFE, 0x9F, 0x6D),
    (0xFE, 0xCF, 0x92),
    (0xFC, 0xFD, 0xBF),
)


def velocity_colour(velocity: float) -> Colour:
    """The colour of MIDI velocity 1..127."""
    share = (min(max(velocity, SOFTEST), LOUDEST) - SOFTEST) / (LOUDEST - SOFTEST)
    index, part = divmod(share * (len(_VELOCITY_COLOURS) - 1), 1)
    below = _VELOCITY_COLOURS[int(index)]
    above = _VELOCITY_COLOURS[min(int(index) + 1, len(_VELOCITY_COLOURS) - 1)]
    return mixed(below, above, part)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The colour that lies `share` (0..1) of the way from one to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
