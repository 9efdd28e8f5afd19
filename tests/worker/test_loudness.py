"""Pieces come out equally loud, and no peak passes the ceiling; judged by other people's meters."""

import io
import math
from pathlib import Path

import numpy as np
import pretty_midi
import pyloudnorm
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from worker import loudness, synthesis
from worker.loudness import CEILING_DBTP, TARGET_LUFS, Level, LoudnessMeter
from worker.soundfonts import find_soundfont

RATE = 44_100
BUNDLED = find_soundfont(None, own=Path("/nonexistent"), search=()).path


def piece(velocity: int, *, seconds_between: float, notes: int) -> bytes:
    """Broken chords at one velocity."""
    midi = pretty_midi.PrettyMIDI(resolution=500)
    piano = pretty_midi.Instrument(0)
    for index in range(notes):
        start = index * seconds_between
        pitch = 48 + (0, 7, 12, 16, 19, 24)[index % 6]
        piano.notes.append(pretty_midi.Note(velocity, pitch, start, start + 3 * seconds_between))
    midi.instruments.append(piano)
    file = io.BytesIO()
    midi.write(file)
    return file.getvalue()


def oversampled_peak(audio: NDArray[np.float32]) -> float:
    """True peak in dBFS by scipy's own interpolation."""
    finer = scipy.signal.resample_poly(audio.astype(float), 4, 1, axis=0)
    return float(20 * np.log10(np.abs(finer).max()))


def level(audio: NDArray[np.float32], rate: int = RATE) -> Level:
    meter = LoudnessMeter(rate)
    meter.hear(audio)
    return meter.level()


def measured_loudness(audio: NDArray[np.float32], rate: int = RATE) -> float:
    """In LUFS."""
    return TARGET_LUFS - 20 * math.log10(level(audio, rate).wanted)


def measured_peak(audio: NDArray[np.float32]) -> float:
    """As a factor of full scale."""
    return float(10 ** (CEILING_DBTP / 20)) / level(audio).most


@pytest.mark.parametrize(
    ("velocity", "seconds_between", "notes"), [(20, 0.1, 60), (127, 0.1, 60), (64, 0.8, 8)]
)
def test_soft_and_loud_pieces_come_out_equally_loud(
    velocity: int, seconds_between: float, notes: int
) -> None:
    audio = synthesis.render(piece(velocity, seconds_between=seconds_between, notes=notes), BUNDLED)
    audio = audio * np.float32(loudness.gain(audio, RATE))
    assert pyloudnorm.Meter(RATE).integrated_loudness(audio.astype(float)) == pytest.approx(-18, abs=2)
    assert oversampled_peak(audio) < -1.0


def test_a_piece_with_high_peaks_stays_below_the_ceiling() -> None:
    rng = np.random.default_rng(1)
    clicks = np.zeros((10 * RATE, 2), np.float32)
    clicks[rng.integers(0, len(clicks), 40)] = 1.0
    clicks += rng.normal(0, 1e-3, clicks.shape).astype(np.float32)
    scaled = clicks * np.float32(loudness.gain(clicks, RATE))
    assert -1.3 < oversampled_peak(scaled) < -1.0
    assert measured_loudness(scaled) < TARGET_LUFS


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_loudness_agrees_with_pyloudnorm(rate: int) -> None:
    audio = synthesis.render(piece(70, seconds_between=0.3, notes=30), BUNDLED, sample_rate=rate)
    audio = np.concatenate([audio, np.zeros((5 * rate, 2), np.float32)])  # for the gates to leave out
    expected = pyloudnorm.Meter(rate).integrated_loudness(audio.astype(float))
    assert measured_loudness(audio, rate) == pytest.approx(expected, abs=0.1)


def test_a_tone_measures_what_the_recommendation_says() -> None:
    # BS.1770: a sine of 997 Hz at full scale in one channel is -3.01 LUFS
    tone = np.zeros((5 * 48_000, 2), np.float32)
    tone[:, 0] = np.sin(2 * np.pi * 997 * np.arange(len(tone)) / 48_000)
    assert measured_loudness(tone, 48_000) == pytest.approx(-3.01, abs=0.02)


def test_a_peak_between_samples_is_seen() -> None:
    # a quarter of the sample rate, caught at 45 degrees: every sample is 3 dB below the crest
    tone = np.sin(np.pi / 2 * np.arange(4096) + np.pi / 4) * np.hanning(4096)
    audio = np.stack([tone, tone], axis=1).astype(np.float32)
    assert np.abs(audio).max() < 0.71
    assert measured_peak(audio) == pytest.approx(1.0, abs=0.01)


def test_silence_is_left_alone() -> None:
    silence = np.zeros((RATE, 2), np.float32)
    assert level(silence) == level(silence[:0]) == Level(1.0, 1.0)
    assert loudness.gain(silence, RATE) == 1.0


def test_a_moment_too_short_to_have_a_loudness_is_set_by_its_peak() -> None:
    click = np.zeros((1000, 2), np.float32)
    click[500] = 0.1
    assert math.isinf(level(click).wanted)
    assert loudness.gain(click, RATE) == level(click).most
    assert loudness.gain(click, RATE) == pytest.approx(10 ** (CEILING_DBTP / 20) / 0.1, rel=0.01)


@pytest.mark.parametrize("place", [8, 4_393, 4_394, 4_408, 4_409, 4_410, 4_424, 4_425, 4_426, 8_811])
def test_a_peak_is_seen_wherever_it_is(place: int) -> None:
    # half a sample behind `place`: both neighbours are 0.9 dB below it
    distance = np.arange(8_820) - place - 0.5
    crest = np.sinc(distance / 2) * np.exp(-((distance / 30) ** 2))
    audio = np.stack([np.zeros_like(crest), crest], axis=1).astype(np.float32)
    assert measured_peak(audio) == pytest.approx(1.0, abs=0.005)


NOISE = np.random.default_rng(0).normal(0, 0.1, (3 * RATE + 77, 2)).astype(np.float32)
NOISE *= np.linspace(0.1, 1.0, len(NOISE), dtype=np.float32)[:, None]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, len(NOISE)), max_size=40))
def test_it_does_not_matter_how_a_piece_is_cut_into_blocks(cuts: list[int]) -> None:
    meter = LoudnessMeter(RATE)
    for block in np.split(NOISE, sorted(cuts)):
        meter.hear(block)
    assert meter.level() == meter.level() == level(NOISE)
