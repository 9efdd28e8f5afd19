"""FluidSynth plays what the MIDI says, when it says so, and the same every time."""

import hashlib
import io
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
from numpy.typing import NDArray

from worker import synthesis
from worker.errors import SoundfontError, SynthesisError
from worker.soundfonts import find_soundfont
from worker.strokes import read_strokes

RATE = synthesis.SAMPLE_RATE
BUNDLED = find_soundfont(None, own=Path("/nonexistent"), search=()).path


def midi(
    notes: Sequence[tuple[int, int, float, float]],
    *,
    pedal: Sequence[tuple[float, int]] = (),
    drums: Sequence[tuple[int, int, float, float]] = (),
) -> bytes:
    """A MIDI file of (pitch, velocity, start, end) and (time, value of the sustain pedal)."""
    piece = pretty_midi.PrettyMIDI(resolution=500)
    for is_drum, part in ((False, notes), (True, drums)):
        instrument = pretty_midi.Instrument(0, is_drum=is_drum)
        instrument.notes = [
            pretty_midi.Note(velocity, pitch, start, end) for pitch, velocity, start, end in part
        ]
        if not is_drum:
            instrument.control_changes = [pretty_midi.ControlChange(64, value, time) for time, value in pedal]
        piece.instruments.append(instrument)
    file = io.BytesIO()
    piece.write(file)
    return file.getvalue()


CHORD = midi([(60, 80, 0.5, 1.5), (64, 80, 0.5, 1.5), (67, 80, 0.5, 1.5)])


def level(audio: NDArray[np.float32], start: float, end: float) -> float:
    """Root mean square between two times in seconds."""
    return float(np.sqrt((audio[int(start * RATE) : int(end * RATE)].astype(float) ** 2).mean()))


def test_a_note_sounds_when_the_midi_says() -> None:
    audio = synthesis.render(CHORD, BUNDLED)
    assert audio.dtype == np.float32
    assert audio.shape[1] == 2
    heard = np.flatnonzero(np.abs(audio).max(axis=1) > 0.02 * np.abs(audio).max())
    assert heard[0] / RATE == pytest.approx(0.5, abs=0.01)
    assert np.abs(audio[: int(0.499 * RATE)]).max() < 1e-6


def test_the_audio_moves_with_the_note_to_the_sample() -> None:
    # 64,000 samples later is a multiple of FluidSynth's step; the file's own ticks are 44 samples apart
    early = synthesis.render(midi([(60, 80, 0.0, 0.5)]), BUNDLED)[: RATE // 2, 0]
    late = synthesis.render(midi([(60, 80, 64_000 / RATE, 64_000 / RATE + 0.5)]), BUNDLED)[:, 0]
    assert np.abs(late[: 64_000 - 64]).max() < 1e-6
    likeness = [np.dot(early, late[64_000 + lag : 64_000 + lag + len(early)]) for lag in range(-64, 65)]
    assert int(np.argmax(likeness)) - 64 == 0


def test_the_same_midi_gives_the_same_samples_here_and_in_a_fresh_process(tmp_path: Path) -> None:
    first, second = (synthesis.render(CHORD, BUNDLED) for _ in range(2))
    assert np.array_equal(first, second)
    path = tmp_path / "chord.mid"
    path.write_bytes(CHORD)
    code = (
        "import sys, hashlib, pathlib; from worker.synthesis import render;"
        "audio = render(pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2]));"
        "print(hashlib.sha256(audio.tobytes()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path), str(BUNDLED)],
        check=True,
        capture_output=True,
        text=True,
        env={"CI": "1"},  # makes pyfluidsynth talkative
    )
    assert run.stdout.split() == [hashlib.sha256(first.tobytes()).hexdigest()]
    assert run.stderr == ""


def test_a_piece_leaves_nothing_in_the_next() -> None:
    alone = synthesis.render(CHORD, BUNDLED)
    synthesis.render(midi([(pitch, 127, 0.0, 3.0) for pitch in range(30, 90)]), BUNDLED)
    assert np.array_equal(synthesis.render(CHORD, BUNDLED), alone)


def test_blocks_are_the_whole_render_in_pieces() -> None:
    parts = list(synthesis.blocks(read_strokes(midi([(60, 80, 0.0, 2.0)]), RATE), BUNDLED))
    assert len(parts) > 3
    assert np.array_equal(np.concatenate(parts), synthesis.render(midi([(60, 80, 0.0, 2.0)]), BUNDLED))


def test_the_tail_is_kept_until_it_has_died_away_and_then_fades_to_nothing() -> None:
    audio = synthesis.render(CHORD, BUNDLED)
    seconds = len(audio) / RATE
    assert 1.8 < seconds < 1.5 + synthesis.TAIL_SECONDS
    assert level(audio, 1.5, 1.6) > 0.01 * level(audio, 0.5, 1.5)
    peak = np.abs(audio).max()
    assert np.abs(audio[-RATE // 20 :]).max() < peak / 1000
    assert np.abs(audio[-1]).max() == 0.0


def test_a_pedal_that_is_never_lifted_lets_the_last_note_ring_but_not_for_ever() -> None:
    ringing = synthesis.render(midi([(36, 100, 0.0, 0.5)], pedal=[(0.0, 127)]), BUNDLED)
    short = synthesis.render(midi([(36, 100, 0.0, 0.5)]), BUNDLED)
    assert level(ringing, 1.0, 1.5) > 10 * level(short, 1.0, 1.5)
    assert len(ringing) / RATE <= 0.5 + synthesis.TAIL_SECONDS + 0.1
    assert np.abs(ringing[-1]).max() < 1e-4 * np.abs(ringing).max()


def test_a_pedal_lifted_an_hour_later_does_not_make_an_hour_of_silence() -> None:
    audio = synthesis.render(midi([(60, 80, 0.0, 0.5)], pedal=[(3600.0, 0)]), BUNDLED)
    assert len(audio) / RATE < 0.5 + synthesis.TAIL_SECONDS


def test_two_threads_render_what_one_does() -> None:
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda content: synthesis.render(content, BUNDLED), [CHORD, CHORD])
    assert np.array_equal(first, second)
    assert np.array_equal(first, synthesis.render(CHORD, BUNDLED))


def test_drums_are_left_out() -> None:
    notes = [(60, 80, 0.0, 1.0)]
    assert np.array_equal(
        synthesis.render(midi(notes, drums=[(38, 127, 0.2, 0.4)]), BUNDLED),
        synthesis.render(midi(notes), BUNDLED),
    )


def test_a_pitch_held_by_two_hands_sounds_until_the_second_lets_go() -> None:
    piece = pretty_midi.PrettyMIDI(resolution=500)
    for start, end in ((0.0, 1.0), (0.5, 3.0)):
        hand = pretty_midi.Instrument(0)
        hand.notes.append(pretty_midi.Note(90, 48, start, end))
        piece.instruments.append(hand)
    file = io.BytesIO()
    piece.write(file)
    audio = synthesis.render(file.getvalue(), BUNDLED)
    assert level(audio, 1.8, 2.2) > 0.1 * level(audio, 0.5, 0.9)


@pytest.mark.parametrize("content", [b"", b"MThd", b"\x89PNG\r\n\x1a\n", CHORD[: len(CHORD) // 2]])
def test_what_is_no_midi_is_refused(content: bytes) -> None:
    with pytest.raises(SynthesisError, match="damaged or cut short"):
        synthesis.render(content, BUNDLED)


def test_a_midi_without_notes_is_refused() -> None:
    with pytest.raises(SynthesisError, match="holds no notes"):
        synthesis.render(midi([], drums=[(38, 100, 0.0, 1.0)]), BUNDLED)


def test_a_truncated_soundfont_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "piano.sf2"
    path.write_bytes(BUNDLED.read_bytes()[:100_000])
    with pytest.raises(SoundfontError, match=r"piano\.sf2 is cut short"):
        synthesis.render(CHORD, path)
    assert capfd.readouterr() == ("", "")


def test_a_soundfont_that_fluidsynth_refuses_is_named(tmp_path: Path) -> None:
    path = tmp_path / "piano.sf2"
    path.write_bytes(b"RIFF" + (1000).to_bytes(4, "little") + b"sfbk" + bytes(1000))
    with pytest.raises(SoundfontError, match=r"FluidSynth cannot read the soundfont .*piano\.sf2"):
        synthesis.render(CHORD, path)


def test_without_the_library_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)  # what Python does where the import fails
    with pytest.raises(SynthesisError, match="apt install libfluidsynth3"):
        synthesis.render(CHORD, BUNDLED)
