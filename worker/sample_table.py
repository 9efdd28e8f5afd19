"""Sampled pieces beside real ones: what a checkpoint's music measures when nobody listens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from model.corpus import LIMITS, ManifestRow
from model.errors import MidiError
from model.keys import KEYS
from model.measures import Measures, measure
from model.midi import read_midi
from model.performance import Note, from_first_onset
from model.sampling.order import Order
from worker.engine import Engine
from worker.stop import Stop


@dataclass(frozen=True)
class SampleRow:
    """Means over the pieces of a style.

    Attributes:
        pieces: how many.
        key_share: the share whose measured key is the one asked for, or of real pieces the known one.
        means: means of the fields of `Measures` that are numbers.
    """

    pieces: int
    key_share: float | None
    means: dict[str, float]


@dataclass(frozen=True)
class MeasuredPiece:
    """A piece's measures, its style, and the key that it should have, if any."""

    style: str
    key: str | None
    measures: Measures


def sampled(
    engine: Engine,
    styles: Sequence[str],
    *,
    pieces: int,
    seconds: float,
    temperature: float,
    top_p: float,
    report: Callable[[], None],
) -> list[MeasuredPiece]:
    """Compose and measure pieces: seeds count from 1, styles and keys take turns.

    Only style, key, rendition and length are asked for.
    """
    measured = []
    for index in range(pieces):
        style = styles[index % len(styles)]
        key = KEYS[(7 * index + 12 * (index % 2)) % 24]
        asked = {"style": style, "key": key, "rendition": "performed"}
        order = Order(index + 1, seconds, asked, temperature=temperature, top_p=top_p)
        measured.append(MeasuredPiece(style, key, measure(engine.submit(order, Stop()).notes())))
        report()
    return measured


def real(rows: Sequence[ManifestRow], *, seconds: float, report: Callable[[], None]) -> list[MeasuredPiece]:
    """Measure the openings of real pieces, `seconds` long each; shorter pieces are left out."""
    measured = []
    for row in rows:
        report()
        try:
            notes = from_first_onset(read_midi(row.path.read_bytes(), LIMITS))
        except (OSError, MidiError):
            continue
        if max(note.end for note in notes) >= seconds:
            key = None if row.key is None else KEYS[row.key]
            measured.append(MeasuredPiece(row.style, key, measure(list(_opening(notes, seconds)))))
    return measured


def sample_table(measured: Sequence[MeasuredPiece]) -> dict[str, SampleRow]:
    """A row for `all` pieces, then one for each style."""
    table = {"all": _row(measured)}
    for style in dict.fromkeys(one.style for one in measured):
        table[style] = _row([one for one in measured if one.style == style])
    return table


def _row(measured: Sequence[MeasuredPiece]) -> SampleRow:
    keyed = [one.measures.key == one.key for one in measured if one.key is not None]
    figures = [asdict(one.measures) for one in measured]
    names = [name for name in figures[0] if name != "key"]
    means = {name: round(fmean(figure[name] for figure in figures), 4) for name in names}
    return SampleRow(len(measured), round(fmean(keyed), 3) if keyed else None, means)


def _opening(notes: Sequence[Note], seconds: float) -> Iterator[Note]:
    """The notes that begin before `seconds`, cut off there."""
    for note in notes:
        if note.start < seconds:
            yield note._replace(end=min(note.end, seconds))
