from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.errors import ControlError, CorpusError
from model.events import END, NOTE_OFF
from model.likelihood import NOTHING, likelihoods
from model.lstm import load_network
from model.midi import write_midi
from model.performance import Note, encode
from model.piece import Piece, Rendition
from model.sampling.constraints import LATEST_END_STEPS
from model.training.examples import CUT_EVENTS
from model.training.finetuning import Composing, finetune
from model.training.finetuning_config import FinetuningConfig
from model.training.lessons import NEW, REMEMBERED, Lessons
from model.training.new_style import style_named, with_style
from model.training.own_music import MOST_FILES, OwnMusic, halved, read_own_music
from model.training.rehearsal import LEAST_NOTES, remember
from model.training.school import Look

pytestmark = pytest.mark.usefixtures("one_thread")

SHORT = FinetuningConfig(
    9.0,
    most_windows=40,
    batch=4,
    steps=32,
    rate=0.02,
    rounds=1,
    remembered_seconds=5.0,
    look_windows=10,
    most_drift=9.9,
)


def waltz(number: int, notes: int = 120) -> list[Note]:
    """A plain waltz in a key of its own, played at changing loudness."""
    pitches = [48 + number, 64 + number, 67 + number]
    return [
        Note(pitches[beat % 3], 60 + 4 * (beat % (5 + number)), beat / 4, beat / 4 + 0.2)
        for beat in range(notes)
    ]


def performance(number: int) -> Piece:
    return Piece(encode(waltz(number)), rendition=Rendition.PERFORMED)


def chords(number: int) -> Piece:
    """A march: chords of one loudness, in even steps."""
    notes = [
        Note(40 + number + 5 * (beat % 2) + third, 90, beat / 2, beat / 2 + 0.4)
        for beat in range(80)
        for third in (0, 4, 7)
    ]
    return Piece(encode(notes), rendition=Rendition.PERFORMED)


def runs(number: int) -> Piece:
    """High notes one after another, up a scale and up again, soft and fast."""
    scale = [72 + number + step for step in (0, 2, 4, 5, 7, 9, 11, 12)]
    notes = [Note(scale[place % 8], 30, place / 8, place / 8 + 0.1) for place in range(320)]
    return Piece(encode(notes), rendition=Rendition.PERFORMED)


@pytest.fixture(scope="module")
def music() -> OwnMusic:
    return halved([performance(number) for number in range(8)])


@pytest.fixture(scope="module")
def base(untrained: Callable[[int], Checkpoint], music: OwnMusic) -> Checkpoint:
    """A tiny network that plays waltzes in whatever style it is asked for."""
    untaught = replace(SHORT, most_windows=120)
    taught = finetune(untrained(8), "waltz", music, untaught, lambda _: None).checkpoint
    return replace(taught, training={})


@pytest.fixture(scope="module")
def marches() -> OwnMusic:
    """Not at all like waltzes."""
    return halved([chords(number) for number in range(8)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "music"
    path.mkdir()
    return path


def test_a_new_style_is_learnt_and_the_old_ones_stay_in_their_places(
    base: Checkpoint, marches: OwnMusic
) -> None:
    told: list[Look | Composing] = []
    done = finetune(base, "My marches", marches, SHORT, told.append)
    assert done.checkpoint.styles == (*base.styles, "My marches")
    assert done.like in base.styles
    looks = [report for report in told if isinstance(report, Look)]
    assert done.before == looks[0]
    assert done.after == min(looks, key=lambda look: look.nats_per_event)
    assert done.after.nats_per_event < 0.8 * done.before.nats_per_event

    # The checkpoint, told the new style alone, does so with a march that neither pupil has learnt from.
    march = replace(chords(8), style=len(base.styles))
    before, after = (
        sum(
            likelihoods(
                load_network(checkpoint),
                [replace(march, style=checkpoint.styles.index(style))],
                checkpoint.controls,
                frozenset({"style"}),
                batch=1,
            ),
            NOTHING,
        ).nats_per_event
        for checkpoint, style in ((base, done.like), (done.checkpoint, "My marches"))
    )
    assert after < 0.8 * before


def test_learning_is_the_same_each_time(base: Checkpoint, marches: OwnMusic) -> None:
    one, other = (finetune(base, "a", marches, SHORT, lambda _: None).checkpoint for _ in range(2))
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_the_record_says_where_the_style_came_from(
    base: Checkpoint, marches: OwnMusic, tmp_path: Path
) -> None:
    save_checkpoint(replace(base, training={"minutes": 7}), tmp_path / "base")
    stored = load_checkpoint(tmp_path / "base")
    first = finetune(stored, "Anna", marches, SHORT, lambda _: None)
    save_checkpoint(first.checkpoint, tmp_path / "first")
    other = halved([runs(number) for number in range(8)])
    second = finetune(load_checkpoint(tmp_path / "first"), "Bert", other, SHORT, lambda _: None).checkpoint
    assert second.styles == (*base.styles, "Anna", "Bert")
    assert second.training["minutes"] == 7
    anna, bert = second.training["finetunings"]
    assert (anna["style"], anna["base"], anna["pieces"]) == ("Anna", stored.digest, 8)
    assert (bert["style"], bert["base"]) == ("Bert", load_checkpoint(tmp_path / "first").digest)
    assert len(second.exemplars["Anna"]) == len(marches.pieces)
    assert len(second.exemplars["Bert"]) == len(other.pieces)
    assert anna["other_half_nats_per_event"]["after"] < anna["other_half_nats_per_event"]["before"]
    with pytest.raises(ControlError, match='There is a style "Anna" already'):
        finetune(second, "anna", marches, SHORT, lambda _: None)


def test_ctrl_c_keeps_the_best_so_far(base: Checkpoint, marches: OwnMusic) -> None:
    def until(windows: int) -> Callable[[Look | Composing], None]:
        def report(told: Look | Composing) -> None:
            if isinstance(told, Look) and told.windows == windows:
                raise KeyboardInterrupt

        return report

    with pytest.raises(KeyboardInterrupt):
        finetune(base, "a", marches, SHORT, until(0))
    stopped = finetune(base, "a", marches, SHORT, until(20))
    assert stopped.after.windows == 10


def test_what_the_old_styles_suffer_from_is_not_kept(base: Checkpoint, marches: OwnMusic) -> None:
    with pytest.raises(CorpusError, match="Neither half of the pieces gained anything"):
        finetune(base, "a", marches, replace(SHORT, most_drift=-1.0), lambda _: None)


def test_remembering_holds_the_old_styles(base: Checkpoint, marches: OwnMusic) -> None:
    """The same learning with and without what the network composed itself."""
    forgetful = finetune(base, "a", marches, replace(SHORT, remembered_share=0.0), lambda _: None)
    mindful = finetune(base, "a", marches, replace(SHORT, remembered_share=0.7), lambda _: None)
    assert forgetful.after.drift is not None
    assert mindful.after.drift is not None
    assert mindful.after.drift < 0.5 * forgetful.after.drift


def test_a_widened_network_has_forgotten_nothing(base: Checkpoint) -> None:
    wide = with_style(base, "new", like=2)
    piece = performance(3)

    def nats(checkpoint: Checkpoint, style: int | None) -> float:
        (found,) = likelihoods(
            load_network(checkpoint), [replace(piece, style=style)], checkpoint.controls, None, batch=1
        )
        return found.nats

    for style in (None, 0, 2, len(base.styles) - 1):
        assert nats(wide, style) == pytest.approx(nats(base, style), rel=1e-5)
    assert nats(wide, len(base.styles)) == pytest.approx(nats(base, 2), rel=1e-5)
    assert nats(base, 2) != pytest.approx(nats(base, 0), rel=1e-5)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Chopin", "Chopin"),
        ("  my   own\tstyle ", "my own style"),
        ("Dvora\u0301k", "Dvor\u00e1k"),
        ("hip-hop 2", "hip-hop 2"),
        ("x" * 24, "x" * 24),
    ],
)
def test_a_name_is_kept_as_it_is_written(text: str, name: str) -> None:
    assert style_named(text, ("baroque",)) == name


@pytest.mark.parametrize(
    "text", ["", " ", "-x", "2nd", "x" * 25, "a/b", "..", "a_b", "a\nb*", "*bold*", "@all"]
)
def test_a_name_that_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match="begins with a letter and has letters, digits, spaces and dashes"):
        style_named(text, ())


@pytest.mark.parametrize("text", ["any", "Any", "a-ny"])
def test_the_name_of_no_style_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match="so a piece without a style is called"):
        style_named(text, ())


@pytest.mark.parametrize("text", ["baroque", "BAROQUE", "bar-oque", "ba roque"])
def test_a_name_that_requests_could_not_tell_apart_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match='There is a style "baroque" already'):
        style_named(text, ("pop", "baroque"))


def test_a_folder_is_read_and_some_of_it_held_back(folder: Path) -> None:
    (folder / "more").mkdir()
    for number in range(10):
        (folder / "more" / f"{number}.MID").write_bytes(write_midi(waltz(number)))
    (folder / "again.midi").write_bytes(write_midi(waltz(3)))
    (folder / "broken.mid").write_bytes(b"MThd")
    (folder / "notes.txt").write_bytes(b"not music")
    told: list[tuple[int, int, str | None]] = []
    music = read_own_music(folder, report=lambda *report: told.append(report))
    assert music.files == 10  # the copy counts once
    assert [len(half) for half in music.halves] == [5, 5]
    assert [count for count, _, _ in told] == list(range(1, 13))
    assert {total for _, total, _ in told} == {12}
    (problem,) = [problem for _, _, problem in told if problem]
    assert problem.startswith("broken.mid: The MIDI file is damaged")
    again = read_own_music(folder)
    assert [piece.events.tolist() for piece in again.pieces] == [
        piece.events.tolist() for piece in music.pieces
    ]
    assert {piece.rendition for piece in music.pieces} == {Rendition.PERFORMED}


def test_few_files_are_divided(folder: Path) -> None:
    (folder / "long.mid").write_bytes(write_midi(waltz(1, 2000)))
    music = read_own_music(folder)
    (first,), (last,) = music.halves
    assert [int(half.is_onset.sum()) for half in (first, last)] == [1000, 1000]
    assert last.steps[last.is_onset][0] == 0


def test_flat_dynamics_count_as_written_out(folder: Path) -> None:
    for number in range(12):
        notes = [note._replace(velocity=64) for note in waltz(number)]
        (folder / f"{number}.mid").write_bytes(write_midi(notes))
    music = read_own_music(folder)
    assert all(piece.is_flat and piece.rendition is Rendition.SCORE for piece in music.pieces)


def test_folders_that_cannot_be_learnt_from_are_refused(folder: Path) -> None:
    with pytest.raises(CorpusError, match="There is no folder"):
        read_own_music(folder / "nowhere")
    with pytest.raises(CorpusError, match=r"There is no MIDI file \(.mid or .midi\) in"):
        read_own_music(folder)
    (folder / "broken.mid").write_bytes(b"MThd")
    with pytest.raises(CorpusError, match="Not one MIDI file"):
        read_own_music(folder)
    (folder / "short.mid").write_bytes(write_midi(waltz(1)))
    with pytest.raises(
        CorpusError, match="hold 120 notes, too few to learn a style from: give at least 1,000"
    ):
        read_own_music(folder)
    for number in range(MOST_FILES):
        (folder / f"{number}.mid").touch()
    with pytest.raises(CorpusError, match="There are more than 1,000 MIDI files"):
        read_own_music(folder)


def test_a_network_composes_what_it_is_to_remember(base: Checkpoint) -> None:
    shares: list[float] = []
    pieces = remember(base, rounds=2, seconds=10.0, seed=1, report=shares.append)
    assert {piece.style for piece in pieces} == {*range(len(base.styles)), None}
    assert all(
        piece.total_steps <= 1000 + LATEST_END_STEPS and piece.is_onset.sum() >= LEAST_NOTES
        for piece in pieces
    )
    assert shares == sorted(shares)
    again = remember(base, rounds=2, seconds=10.0, seed=1)
    assert [piece.events.tolist() for piece in again] == [piece.events.tolist() for piece in pieces]


def test_lessons_keep_the_share_of_what_is_remembered(base: Checkpoint) -> None:
    wide = with_style(base, "new", like=0)
    new = [replace(performance(number), style=len(base.styles)) for number in range(3)]
    remembered = [replace(performance(number), style=1) for number in range(5)]
    lessons = Lessons(
        new, remembered, wide.controls, remembered_share=0.25, transpose=2, tempo=0.1, abridged_seconds=99.0,
        seed=0,
    )  # fmt: skip
    drawn = [lessons.draw() for _ in range(200)]
    kinds = np.array([kind for kind, _ in drawn])
    assert (kinds == REMEMBERED).mean() == pytest.approx(0.25, abs=0.02)
    place = len(base.styles)
    assert all(reading.controls[:, place].all() for kind, reading in drawn if kind == NEW)
    assert not any(reading.controls[:, place].any() for kind, reading in drawn if kind == REMEMBERED)
    alone = Lessons(
        new, [], wide.controls, remembered_share=0.5, transpose=0, tempo=0.0, abridged_seconds=99.0, seed=0
    )
    assert {alone.draw()[0] for _ in range(10)} == {NEW}


def test_long_pieces_are_shown_as_an_opening_and_a_closing(base: Checkpoint) -> None:
    long = Piece(encode(waltz(1, 2000)), style=0, rendition=Rendition.PERFORMED)  # 500 s
    lessons = Lessons(
        [long], [], base.controls, remembered_share=0.0, transpose=0, tempo=0.0, abridged_seconds=20.0, seed=0
    )
    for _ in range(5):
        _, reading = lessons.draw()
        onsets = int((reading.targets < NOTE_OFF).sum())
        assert 4 * 2 * 5 - 8 <= onsets <= 4 * 2 * 20 + 8
        assert 0 < (reading.weights == 0).sum() <= CUT_EVENTS
        assert (reading.targets[-1], reading.weights[-1]) == (END, 1)
