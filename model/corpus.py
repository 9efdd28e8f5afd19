"""A corpus folder: MIDI files and a manifest that says what they are.

The manifest is a CSV file with a header. Columns `path` (relative to the folder) and `style` are
required; `key`, `rendition`, `split`, `piece_id`, `key_est`, `key_est_conf`, `calm`, `notes_per_sec` and
`mean_velocity` are used where they stand.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from model.errors import CorpusError, MidiError
from model.keys import key_index
from model.midi import MidiLimits, read_midi
from model.patterns.composer import compose_pattern, pattern_key
from model.performance import Note, encode, from_first_onset
from model.piece import Piece, Rendition
from model.prepared import PATTERNS_FOLDER, SPLITS, Labelled, PreparedCorpus

STYLES = (
    "baroque", "classical", "romantic", "impressionist", "modern", "ragtime",
    "pop", "salon", "latin", "klezmer", "minimalist",
)  # fmt: skip

STYLE_ALIASES = {
    "ragtime_jazz": "ragtime",
    "salon_popular": "salon",
    "latin_dance": "latin",
    "minimalist_ambient": "minimalist",
}

MINIMALIST = "minimalist"

CALM_STYLES = frozenset({"classical", "romantic", "impressionist", "modern"})
"""Of whose calm pieces some may pass for minimalist; counterpoint, dances and songs do not."""

CALM_NOTES_PER_SECOND = 4.2
CALM_VELOCITY = 62.0
"""How lively and how loud, on average, such a piece may be."""

EVALUATION_SHARE = 0.1
"""The share of compositions set aside where a manifest gives no split (magenta's eval_ratio)."""

ESTIMATED_KEY_CONFIDENCE = 0.8
"""An estimated key stands in for an unknown one from this correlation on."""

FLAT_VELOCITIES = 3
"""At most so many different velocities in a file: its dynamics say nothing."""

MAX_STYLES = 127
"""A prepared corpus numbers its styles in a byte."""


_CHUNK = 8
"""Files handed to a process at once."""

LIMITS = MidiLimits(max_bytes=16 << 20, max_notes=500_000, max_seconds=4 * 3600)
"""Files of a corpus may be much larger than what strangers upload."""


@dataclass(frozen=True)
class ManifestRow:
    """What a manifest says of one file."""

    path: Path
    name: str
    style: str
    key: int | None
    rendition: Rendition | None
    split: str
    is_calm: bool = False
    """Whether it may be shown as minimalist, too."""


def read_manifest(manifest: Path, root: Path) -> list[ManifestRow]:
    """The rows of a manifest.

    Args:
        manifest: the CSV file.
        root: the folder that its paths are relative to.

    Raises:
        CorpusError: the manifest is missing, lacks a column, or a row cannot be understood.
    """
    return [_row(row, root, place) for row, place in manifest_lines(manifest)]


def manifest_lines(manifest: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The lines of a manifest by column, each with its place in it, for errors.

    Raises:
        CorpusError: the manifest is missing, lacks a column, or is no CSV file.
    """
    if not manifest.is_file():
        raise CorpusError(f"There is no manifest at {manifest}.")
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            if missing := {"path", "style"} - set(reader.fieldnames or ()):
                raise CorpusError(f"The manifest {manifest} has no column {', '.join(sorted(missing))}.")
            for row in reader:
                yield row, f"{manifest}, line {reader.line_num}"
    except (UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"The manifest {manifest} is no CSV file in UTF-8: {error}.") from error


def prepare(
    rows: Iterable[ManifestRow],
    *,
    calm: bool = False,
    pattern_hours: float = 0.0,
    processes: int = 1,
    report: Callable[[int, str | None], None] | None = None,
) -> PreparedCorpus:
    """Read every file of a manifest and gather their performances.

    Files that cannot be read are left out.

    Args:
        rows: what to read.
        calm: whether calm pieces stand in it a second time, as minimalist, in the same split and, for test
            pieces, not at all.
        pattern_hours: how many hours of pattern pieces (docs/minimalist.md) join the train split.
        processes: how many processes read at once.
        report: called after each file with the count so far and, where it was left out, why.

    Raises:
        CorpusError: not one file could be read.
    """
    rows = list(rows)
    named = {row.style for row in rows}
    if pattern_hours > 0 or (calm and any(_shown_as_minimalist(row) for row in rows)):
        named.add(MINIMALIST)
    styles = [style for style in STYLES if style in named] + sorted(named - set(STYLES))
    if len(styles) > MAX_STYLES:
        raise CorpusError(f"The manifest has {len(styles)} styles; at most {MAX_STYLES} are accepted.")
    labelled = []
    second = []
    for place, (row, read) in enumerate(zip(rows, _read_all(rows, processes), strict=True), 1):
        if isinstance(read, str):
            problem: str | None = f"{row.name}: {read}"
        else:
            problem = None
            notes, is_flat = read
            piece = Piece(encode(notes), styles.index(row.style), row.key, row.rendition, is_flat)
            labelled.append(Labelled(piece, row.name, row.split))
            if calm and _shown_as_minimalist(row):
                piece = replace(piece, style=styles.index(MINIMALIST))
                second.append(Labelled(piece, row.name, row.split))
        if report:
            report(place, problem)
    if not labelled:
        raise CorpusError("Not one MIDI file of the corpus could be read.")
    if pattern_hours > 0:
        second += patterns(pattern_hours, styles.index(MINIMALIST))
    return PreparedCorpus.of(styles, labelled + second)


def patterns(hours: float, style: int) -> list[Labelled]:
    """Pattern pieces of seeds 0, 1, 2 and so on, for training, until they last for so many hours."""
    pieces: list[Labelled] = []
    seconds = 0.0
    for seed in count():
        if seconds >= hours * 3600:
            break
        notes = compose_pattern(seed)
        seconds += max(note.end for note in notes)
        piece = Piece(encode(notes), style, pattern_key(seed), Rendition.PERFORMED)
        pieces.append(Labelled(piece, f"{PATTERNS_FOLDER}{seed:06}", "train"))
    return pieces


def _shown_as_minimalist(row: ManifestRow) -> bool:
    return row.is_calm and row.style != MINIMALIST and row.split != "test"


def _read_all(rows: list[ManifestRow], processes: int) -> Iterator[tuple[list[Note], bool] | str]:
    paths = [row.path for row in rows]
    if processes == 1 or len(rows) <= _CHUNK:
        yield from map(_read, paths)
        return
    # Forked processes would inherit locks that threads of this one, such as a progress bar's, may hold.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_read, paths, chunksize=_CHUNK)


def _read(path: Path) -> tuple[list[Note], bool] | str:
    """A file's notes from the first onset on and whether its dynamics are flat; or why it cannot be read."""
    try:
        notes = read_midi(path.read_bytes(), LIMITS)
    except (OSError, ValueError, MidiError) as error:  # ValueError: a path with a zero character
        return str(error)
    return from_first_onset(notes), len({note.velocity for note in notes}) <= FLAT_VELOCITIES


def _row(row: dict[str, str], root: Path, place: str) -> ManifestRow:
    """One line of a manifest; `place` names it in errors."""
    if not (row["path"] and row["style"]):
        raise CorpusError(f"{place}: path or style is missing.")
    style = STYLE_ALIASES.get(row["style"], row["style"])
    split = row.get("split") or _drawn_split(row.get("piece_id") or row["path"])
    if split not in SPLITS:
        raise CorpusError(f'{place}: there is no split "{split}"; known are: {", ".join(SPLITS)}.')
    rendition = {"performed": Rendition.PERFORMED, "score-derived": Rendition.SCORE, "score": Rendition.SCORE}
    try:
        is_calm = (
            row.get("calm") == "1"
            and style in CALM_STYLES
            and float(row.get("notes_per_sec") or "inf") <= CALM_NOTES_PER_SECOND
            and float(row.get("mean_velocity") or "inf") <= CALM_VELOCITY
        )
        key = row.get("key")
        if not key and float(row.get("key_est_conf") or 0) >= ESTIMATED_KEY_CONFIDENCE:
            key = row.get("key_est")
        index = key_index(key) if key else None
    except ValueError as error:
        raise CorpusError(f"{place}: {error}.") from None
    return ManifestRow(
        root / row["path"],
        row["path"],
        style,
        index,
        rendition.get(row.get("rendition") or ""),
        split,
        is_calm,
    )


def _drawn_split(composition: str) -> str:
    """Train or validation, decided by the composition's name, so that it never changes."""
    draw = int.from_bytes(hashlib.sha256(composition.encode()).digest()[:8], "big") / 2**64
    return "validation" if draw < EVALUATION_SHARE else "train"
