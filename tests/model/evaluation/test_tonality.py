from collections.abc import Callable

import pytest

from model.evaluation.tonality import KeyFinding, entropy_bits, key_row, neighbours, outside_share, pitch_row
from model.keys import KEYS
from model.note_table import NoteTable

Table = Callable[..., NoteTable]

SCALES = {"C major": (0, 2, 4, 5, 7, 9, 11, 0, 4, 7, 0), "A minor": (9, 11, 0, 2, 4, 5, 8, 9, 0, 4, 9)}


def scale(table: Table, key: str, semitones: int = 0) -> NoteTable:
    degrees = SCALES[key]
    return table(
        *((60 + degree + semitones, place / 2, place / 2 + 0.5) for place, degree in enumerate(degrees))
    )


def index(name: str) -> int:
    return KEYS.index(name)


def test_neighbours_of_a_key() -> None:
    named = {name: KEYS[key] for name, key in neighbours(index("C major")).items()}
    assert named == {
        "dominant": "G major", "subdominant": "F major", "relative": "A minor", "parallel": "C minor"
    }  # fmt: skip
    named = {name: KEYS[key] for name, key in neighbours(index("A minor")).items()}
    assert named == {
        "dominant": "E minor", "subdominant": "D minor", "relative": "C major", "parallel": "A major"
    }  # fmt: skip


@pytest.mark.parametrize("semitones", [0, 3])
@pytest.mark.parametrize("key", SCALES)
def test_both_opinions_find_a_plain_key(table: Table, key: str, semitones: int) -> None:
    wanted = (index(key) + semitones) % 12 + index(key) // 12 * 12
    assert KeyFinding.of(scale(table, key, semitones), wanted) == KeyFinding(wanted, wanted, wanted)


def test_keys_are_counted_from_the_one_asked_for() -> None:
    c, g, a = index("C major"), index("G major"), index("A minor")
    row = key_row([KeyFinding(c, c, c), KeyFinding(c, g, c), KeyFinding(c, a, a), KeyFinding(g, c, None)])
    assert (row.pieces, row.found, row.second_opinion) == (4, 0.25, 0.5)
    assert (row.dominant, row.relative, row.subdominant, row.parallel) == (0.25, 0.25, 0.25, 0.0)


def test_nothing_has_no_key(table: Table) -> None:
    assert KeyFinding.of(table(), 0) == KeyFinding(0, None, None)


def test_freedom_within_a_key(table: Table) -> None:
    two = table((60, 0, 1), (62, 1, 2), (72, 2, 3), (74, 3, 4))
    assert entropy_bits(two) == pytest.approx(1.0)
    assert outside_share(table((60, 0, 1), (61, 1, 2), (63, 2, 3), (64, 3, 4)), index("C major")) == 0.5
    # C minor with both sixths and sevenths: only C sharp, E and F sharp are foreign to it.
    chromatic = table(*((60 + step, step, step + 1) for step in range(12)))
    assert outside_share(chromatic, index("C minor")) == pytest.approx(3 / 12)


def test_freedom_beside_real_pieces(table: Table) -> None:
    plain, chromatic = scale(table, "C major"), table(*((60 + step, step, step + 1) for step in range(12)))
    row = pitch_row([(plain, 0)], [plain, chromatic], [(plain, 0), (chromatic, 0)], fewest=2)
    assert row.outside == 0.0
    assert row.real_outside == pytest.approx((0.25 * 5 / 12, 0.75 * 5 / 12))
    assert (row.outside_inside, row.entropy_inside) == (False, False)
    few = pitch_row([(plain, 0)], [plain], [(plain, 0)], fewest=2)
    assert (few.real_outside, few.outside_inside, few.entropy_inside) == (None, None, True)
