"""The tables about likeness to real music: style, overlapping area, polyphony, spread, hands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.evaluation.overlap import Example, FeatureOverlap, feature_overlaps
from model.evaluation.pieces import FEWEST, Music
from model.evaluation.plan import SECONDS, Part
from model.evaluation.section import ALL, Section
from model.evaluation.style_classifier import recognise
from model.evaluation.texture import HandsRow, SpreadRow, hands_row, polyphony_row, spread_row


@dataclass(frozen=True)
class OverlapRow:
    """The overlapping areas of a style, averaged over the features.

    Attributes:
        pieces: how many are sampled.
        real_pieces: how many real ones they stand beside.
        area: sampled against real.
        real_area: real against real.
        ratio: the first over the second.
        least_feature: the feature of the least such ratio.
        least_ratio: that ratio.
        judged: whether there are enough real pieces to judge by.
    """

    pieces: int
    real_pieces: int
    area: float
    real_area: float
    ratio: float
    least_feature: str
    least_ratio: float
    judged: bool


@dataclass(frozen=True)
class FeatureRow:
    """One feature of one style: overlapping areas and their ratio, KL divergences in nats."""

    area: float
    real_area: float
    ratio: float
    divergence: float
    real_divergence: float


def styles(music: Music) -> Section:
    """Whether the style asked for is recognised."""
    sampled = {style: [one.notes for one in music.main(style)] for style in music.styles}
    explanation = (
        "A support vector machine that knows neither loudness nor onset grid, trained on windows of real "
        "pieces with every style weighing the same, cross-validated by composition. In the first row each "
        "style counts alike: its real recall is the balanced accuracy. The choice among candidates listens "
        "to the same features, by a discriminant of the train split; the second opinion is of a linear "
        "machine that is told nothing but intervals and pairs of them."
    )
    return Section(
        "styles", "Style asked for", explanation, recognise(music.real, sampled, SECONDS[Part.MAIN])
    )


def overlaps(music: Music) -> list[Section]:
    """Overlapping areas by style, and by style and feature."""
    rows: dict[str, OverlapRow] = {}
    details: dict[str, dict[str, FeatureRow]] = {}
    for style in music.styles:
        examples = [
            Example(one.notes.window(0.0, SECONDS[Part.MAIN]), one.composition, one.is_flat)
            for one in music.reference(style)
        ]
        sampled = [one.notes for one in music.main(style)]
        found = feature_overlaps(sampled, examples, FEWEST)
        if found:
            details[style] = {name: _feature_row(one) for name, one in found.items()}
            rows[style] = _overlap_row(
                details[style], len(sampled), len(examples), judged=style in music.judged
            )
    judged = [style for style, row in rows.items() if row.judged]
    if judged:
        names = dict.fromkeys(name for style in judged for name in details[style])
        whole = {
            name: _mean_of([details[style][name] for style in judged if name in details[style]])
            for name in names
        }
        pieces, real = (sum(getattr(rows[style], of) for style in judged) for of in ("pieces", "real_pieces"))
        rows = {ALL: _overlap_row(whole, pieces, real, judged=True), **rows}
        details = {ALL: whole, **details}
    return [
        Section(
            "overlap",
            "Overlapping area (mgeval)",
            "Sampled against real, beside real against real (halves split by composition), averaged over "
            f"the features. Styles with fewer than {FEWEST} real pieces are shown, not judged, and not in "
            "the first row.",
            rows,
        ),
        Section(
            "overlap_features",
            "Overlapping area and KL divergence by feature",
            "Of intra-set distances (real) and inter-set distances (to sampled, or to other real pieces).",
            {f"{style}, {name}": row for style, own in details.items() for name, row in own.items()},
        ),
    ]


def polyphony(music: Music, part: Part) -> Section:
    """Notes at once and held notes, beside real pieces of the same length."""
    rows = {
        style: polyphony_row([one.notes for one in music.part(part, style)], openings)
        for style in music.styles
        if len(openings := music.openings(style, SECONDS[part])) >= 2 and music.part(part, style)
    }
    explanation = (
        "Means, beside what lies between the 5 % and the 95 % quantile of real openings of that length. "
        f"Styles with fewer than {FEWEST} real pieces of that length are shown, not judged."
    )
    name = f"{SECONDS[part]:g}"
    return Section(f"polyphony_{name}", f"Polyphony at {name} s", explanation, rows)


def spread(music: Music) -> Section:
    """Spread of loudness and timing."""

    def sampled(style: str | None) -> SpreadRow:
        own = [one.notes for one in music.main(style)]
        return spread_row(own, own)

    def real(style: str | None) -> SpreadRow | None:
        pieces = music.reference(style)
        lively = [one.notes.window(0.0, SECONDS[Part.MAIN]) for one in pieces if not one.is_flat]
        return spread_row(music.openings(style), lively) if pieces else None

    explanation = (
        "Medians: standard deviations of velocities, of onsets within a chord in ms, and of the logarithm of "
        "the gaps between chords. Velocities only of real pieces with more than three of them."
    )
    return Section("spread", "Spread of loudness and timing", explanation, music.beside_real(sampled, real))


def hands(music: Music) -> Section:
    """What two hands must reach."""

    def sampled(style: str | None) -> HandsRow:
        return hands_row([one.notes for one in music.main(style)])

    def real(style: str | None) -> HandsRow | None:
        openings = music.openings(style)
        return hands_row(openings) if openings else None

    explanation = (
        "Notes struck together, given to two hands so that the larger span is least: medians of a piece's "
        "largest span in semitones, of the share of chords beyond a tenth, of the most notes struck together."
    )
    return Section("hands", "Playability", explanation, music.beside_real(sampled, real))


def _feature_row(found: FeatureOverlap) -> FeatureRow:
    return FeatureRow(
        found.sampled.area,
        found.real.area,
        found.sampled.area / max(found.real.area, 1e-9),
        found.sampled.divergence,
        found.real.divergence,
    )


def _mean_of(rows: Sequence[FeatureRow]) -> FeatureRow:
    """The mean of some rows; the ratio is that of the means."""
    area, real_area, divergence, real_divergence = (
        sum(getattr(row, name) for row in rows) / len(rows)
        for name in ("area", "real_area", "divergence", "real_divergence")
    )
    return FeatureRow(area, real_area, area / max(real_area, 1e-9), divergence, real_divergence)


def _overlap_row(features: Mapping[str, FeatureRow], pieces: int, real: int, *, judged: bool) -> OverlapRow:
    whole = _mean_of(list(features.values()))
    least = min(features, key=lambda name: features[name].ratio)
    return OverlapRow(
        pieces, real, whole.area, whole.real_area, whole.ratio, least, features[least].ratio, judged
    )
