import math

import numpy as np
import pytest

import model.style_discriminant
from model.note_table import NoteTable
from model.performance import Note, encode
from model.piece import Piece
from model.prepared import PATTERNS_FOLDER, Labelled, PreparedCorpus
from model.style_discriminant import FEWEST_PIECES, MOST_WINDOWS, StyleDiscriminant
from model.style_features import WINDOW_SECONDS
from tests.model.two_styles import run, run_table, waltz, waltz_table


@pytest.fixture(scope="module")
def discriminant() -> StyleDiscriminant:
    return StyleDiscriminant.learnt(
        {
            "waltz": [waltz_table(seed) for seed in range(5)],
            "run": [run_table(seed) for seed in range(5)],
        }
    )


def test_a_piece_speaks_for_its_own_style(discriminant: StyleDiscriminant) -> None:
    for style, other, notes in (("waltz", "run", waltz(7)), ("run", "waltz", run(8))):
        own, foreign = (discriminant.log_share(one, notes) for one in (style, other))
        assert own is not None
        assert foreign is not None
        assert 0 >= own > math.log(0.9)
        assert foreign < math.log(0.1)
        assert math.exp(own) + math.exp(foreign) == pytest.approx(1)


def test_a_style_that_it_never_heard_is_not_judged(discriminant: StyleDiscriminant) -> None:
    assert discriminant.log_share("latin", waltz(0)) is None
    assert discriminant.log_share(None, waltz(0)) is None


def test_of_too_little_music_nothing_is_certain(discriminant: StyleDiscriminant) -> None:
    share = discriminant.log_share("waltz", [Note(60, 64, 0.0, 1.0)])
    assert share is not None
    assert math.isfinite(share)


def test_a_long_piece_is_heard_in_windows(discriminant: StyleDiscriminant) -> None:
    seconds = int(WINDOW_SECONDS)
    first, second = waltz(0, bars=seconds), run(0, seconds=seconds)
    both = [*first, *(note._replace(start=note.start + seconds, end=note.end + seconds) for note in second)]
    parts = [discriminant.log_share("waltz", notes) for notes in (first, second)]
    assert discriminant.log_share("waltz", both) == pytest.approx(sum(filter(None, parts)) / 2, rel=0.1)


def test_it_comes_back_from_its_tensors(discriminant: StyleDiscriminant) -> None:
    tensors = {name: own.astype(np.float16) for name, own in discriminant.as_tensors().items()}
    back = StyleDiscriminant.from_tensors(discriminant.styles, tensors)
    for notes in (waltz(6), run(6)):
        expected = discriminant.log_share("waltz", notes)
        assert back.log_share("waltz", notes) == pytest.approx(expected, rel=0.01, abs=0.1)
    with pytest.raises(ValueError, match="other shapes"):
        StyleDiscriminant.from_tensors(("waltz",), tensors)
    with pytest.raises(KeyError):
        StyleDiscriminant.from_tensors(("waltz", "run"), {})


def test_it_learns_of_originals_of_the_train_split(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, list[NoteTable]] = {}
    monkeypatch.setattr(
        StyleDiscriminant, "learnt", classmethod(lambda _, windows: heard.update(windows) or "learnt")
    )
    seconds = round((MOST_WINDOWS + 2) * WINDOW_SECONDS)

    def labelled(style: int, path: str, split: str = "train", length: int = seconds) -> Labelled:
        return Labelled(Piece(encode(run(0, seconds=length)), style=style), path, split)

    few = FEWEST_PIECES
    corpus = PreparedCorpus.of(
        ["pop", "salon", "latin"],
        [
            *(labelled(0, f"a{place}") for place in range(few)),
            *(labelled(1, f"b{place}") for place in range(few)),
            labelled(1, "short", length=30),  # no window
            labelled(1, "b0"),
            labelled(1, "c", "validation"),
            labelled(1, f"{PATTERNS_FOLDER}1"),
            *(labelled(2, f"d{place}") for place in range(few - 1)),
        ],
    )
    assert StyleDiscriminant.of(corpus) == "learnt"
    assert {style: len(windows) for style, windows in heard.items()} == {
        "pop": few * MOST_WINDOWS,
        "salon": few * MOST_WINDOWS,
    }
    monkeypatch.setattr(model.style_discriminant, "MOST_PIECES", FEWEST_PIECES - 1)
    assert StyleDiscriminant.of(corpus) is None
