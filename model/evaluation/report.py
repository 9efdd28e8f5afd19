"""Everything that is measured of a checkpoint's music, as tables."""

from model.evaluation import control_sections as control
from model.evaluation import likeness_sections as likeness
from model.evaluation.pieces import Music
from model.evaluation.plan import Part
from model.evaluation.section import Section


def sections(music: Music) -> list[Section]:
    """All tables but that of likelihoods, in the order in which they are shown."""
    return [
        control.keys(music),
        control.pitches(music),
        control.density(music),
        control.moods(music),
        control.lengths(music),
        control.endings(music),
        likeness.styles(music),
        *likeness.overlaps(music),
        likeness.polyphony(music, Part.MAIN),
        likeness.polyphony(music, Part.LONG),
        control.closing(music),
        likeness.spread(music),
        likeness.hands(music),
    ]
