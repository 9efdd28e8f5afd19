from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from model.events import END
from model.performance import Events
from model.performance_controls import standard_controls
from model.piece import Piece
from model.prepared import PATTERNS_FOLDER, Labelled, PreparedCorpus
from model.training.config import TrainingConfig
from model.training.examples import CUT_EVENTS, Examples

Play = Callable[[str], Events]

CONTROLS = standard_controls(("pop", "salon"))
PLAIN = TrainingConfig(1.0, transpose=0, tempo=0.0, foreign_share=0.0)


@pytest.fixture
def corpus(play: Play) -> PreparedCorpus:
    """Fifteen short pieces of pop and one of salon to show, one of either to look at."""
    music = play("loud9 on60 wait100 off60 " * 4)
    labelled = [Labelled(Piece(music, style=0, key=0), f"{place}", "train") for place in range(15)]
    labelled.append(Labelled(Piece(music, style=1, key=0), "x", "train"))
    labelled.append(Labelled(Piece(music, style=1, key=0), "y", "validation"))
    return PreparedCorpus.of(["pop", "salon"], labelled)


def test_every_piece_comes_up_before_any_comes_again(corpus: PreparedCorpus) -> None:
    config = TrainingConfig(1.0, style_balance=0.0)
    examples = Examples(corpus, CONTROLS, config, seed=1)
    for _ in range(3):
        assert sorted(examples.draw()[0] for _ in range(16)) == list(range(16))


def test_small_styles_come_up_more_often(corpus: PreparedCorpus) -> None:
    # Salon is a fifteenth of pop: at full balance its one piece is shown 15 times a round of 30.
    even = Examples(corpus, CONTROLS, TrainingConfig(1.0, style_balance=1.0), seed=1)
    counts = Counter(even.draw()[0] for _ in range(300))
    assert set(counts) == set(range(16))
    assert counts[15] == pytest.approx(150, abs=8)
    # At a quarter of it twice as often, 15 ** 0.25 = 1.97, and no other piece less often for it.
    usual = Examples(corpus, CONTROLS, TrainingConfig(1.0, style_balance=0.25), seed=1)
    counts = Counter(usual.draw()[0] for _ in range(1700))
    assert counts[15] == pytest.approx(197, abs=8)


def test_originals_come_up_more_often_than_what_was_added_to_their_style(play: Play) -> None:
    music = play("loud9 on60 wait100 off60 " * 4)
    labelled = [
        Labelled(Piece(music, style=0), "own", "train"),
        Labelled(Piece(music, style=1), "other", "train"),
        Labelled(Piece(music, style=1), f"{PATTERNS_FOLDER}1", "train"),
        Labelled(Piece(music, style=1), "own", "train"),
    ]
    corpus = PreparedCorpus.of(["pop", "salon"], labelled)
    config = TrainingConfig(1.0, style_balance=0.0, original_weight=3.0)
    examples = Examples(corpus, CONTROLS, config, seed=1)
    assert sorted(examples.draw()[0] for _ in range(6)) == [0, 1, 1, 1, 2, 3]


def test_pieces_are_transposed_and_stretched_within_bounds(corpus: PreparedCorpus) -> None:
    config = TrainingConfig(1.0, transpose=2, tempo=0.1, foreign_share=0.0)
    examples = Examples(corpus, CONTROLS, config, seed=1)
    pitches, lengths = set(), set()
    for _ in range(200):
        targets = examples.draw()[1].targets
        assert targets[-1] == END
        pitches.add(int(targets[1]))
        piece = Piece(targets[:-1].astype(np.uint16))
        lengths.add(piece.total_steps)
    assert pitches == {58, 59, 60, 61, 62}
    assert 360 <= min(lengths) < 370
    assert 430 < max(lengths) <= 440


def test_controls_are_told_in_every_measure_from_none_to_all(corpus: PreparedCorpus) -> None:
    examples = Examples(corpus, CONTROLS, PLAIN, seed=1)
    ends = np.cumsum([control.width for control in CONTROLS.controls])
    told: Counter[frozenset[str]] = Counter()
    for _ in range(1000):
        features = examples.draw()[1].controls
        parts = np.split(features, ends[:-1], axis=1)
        told[
            frozenset(
                control.name for control, part in zip(CONTROLS.controls, parts, strict=True) if part.any()
            )
        ] += 1
    everything = frozenset(control.name for control in CONTROLS.controls) - {"rendition"}  # unknown here
    assert 0.15 < told[frozenset()] / 1000 < 0.26
    assert 0.04 < told[frozenset({"style", "key"})] / 1000 < 0.16
    assert 0.25 < told[everything] / 1000 < 0.37
    assert len(told) > 30


def test_the_same_seed_draws_the_same(corpus: PreparedCorpus) -> None:
    def drawn(seed: int) -> list[tuple[int, list[int]]]:
        examples = Examples(corpus, CONTROLS, TrainingConfig(1.0), seed)
        return [(index, reading.targets.tolist()) for index, reading in (examples.draw() for _ in range(20))]

    assert drawn(4) == drawn(4)
    assert drawn(4) != drawn(5)


def test_abridged_readings_hold_both_ends_and_do_not_count_what_follows_the_cut(play: Play) -> None:
    opening, closing = "loud9 " + "on60 wait10 off60 " * 30, "on70 wait10 off70 " * 30
    piece = Piece(play(opening + "on65 wait100 off65 " * 20 + closing), style=0)
    corpus = PreparedCorpus.of(["pop", "salon"], [Labelled(piece, "x", "train")])
    config = replace(PLAIN, abridged_share=1.0, abridged_seconds=(2.0, 2.9))
    for _ in range(20):
        reading = Examples(corpus, CONTROLS, config, seed=1).draw()[1]
        targets = reading.targets.tolist()
        assert not set(play("on65").tolist()) & set(targets)
        assert targets[:4] == play("loud9 on60 wait10 off60").tolist()
        assert targets[-4:] == [*play("on70 wait10 off70").tolist(), END]
        uncounted = np.flatnonzero(reading.weights == 0)
        assert uncounted.size == CUT_EVENTS
        assert targets[uncounted[0] - 1] in play("on60 wait10 off60").tolist()
        assert np.array_equal(uncounted, np.arange(uncounted[0], uncounted[-1] + 1))


def test_a_foreign_opening_does_not_count_and_is_told_what_follows(play: Play) -> None:
    own, other = "loud9 on60 wait10 off60 " * 99, "loud9 on70 wait10 off70 " * 99
    labelled = [Labelled(Piece(play(own), style=0), "x", "train")]
    labelled.append(Labelled(Piece(play(other), style=1), "y", "train"))
    corpus = PreparedCorpus.of(["pop", "salon"], labelled)
    config = replace(PLAIN, foreign_share=1.0, foreign_seconds=(2.0, 3.0), abridged_share=0.0)
    examples = Examples(corpus, CONTROLS, config, seed=1)
    seen = set()
    for _ in range(100):
        index, reading = examples.draw()
        first, opened = int(reading.targets[1]), reading.targets.size > 4 * 99 + 1
        assert opened
        begin = int(np.flatnonzero(reading.weights)[0])
        assert reading.weights[begin:].all()
        is_told = bool(reading.controls[:, :2].any())
        assert reading.targets[begin - (0 if is_told else CUT_EVENTS) - 1] in range(128, 356)
        assert 60 <= begin <= 130 + CUT_EVENTS
        assert (reading.controls[0, :2] == reading.controls[-1, :2]).all()
        if is_told:
            assert reading.controls[0, index] == 1
        seen.add((index, first))
    assert seen == {(0, 60), (0, 70), (1, 60), (1, 70)}
