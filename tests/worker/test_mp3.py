"""MP3 files that were given their level after they were encoded, decoded by FFmpeg."""

import io
import math
from threading import Thread

import av
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from worker.errors import EncodingError
from worker.loudness import Level, LoudnessMeter
from worker.mp3 import Mp3Encoder
from worker.mp3_frames import change_level, find_frames

RATE = 44_100
STEP = 2**0.25
USUAL = 8.0  # the gain that is encoded with, as long as nothing passes full scale


def broken_chord(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Tones that die away one after another, as soft as they are rendered."""
    time = np.arange(int(seconds * rate)) / rate
    audio = np.zeros((len(time), 2))
    for place in range(int(4 * seconds)):
        since = np.maximum(time - place / 4, 0.0)
        tone = np.sin(2 * np.pi * 220 * 2 ** ((0, 4, 7, 12, 16)[place % 5] / 12) * since) * np.exp(-4 * since)
        audio += 0.03 * tone[:, None] * (1.0, 0.6)
    return audio.astype(np.float32)


AUDIO = broken_chord(2.33)


def write(
    audio: NDArray[np.float32], level: Level, *, cuts: tuple[int, ...] = (), title: str | None = None
) -> bytes:
    encoder = Mp3Encoder(RATE)
    for block in np.split(audio, sorted(cuts)):
        encoder.write(block)
    return encoder.finish(level, title=title)


def at_step(step: int) -> Level:
    return Level(wanted=USUAL * STEP**step, most=1e9)


def decode(content: bytes) -> NDArray[np.float32]:
    """Samples (samples, 2), without what the file says to leave out at both ends."""
    with av.open(io.BytesIO(content)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1).T


def decibels(heard: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    """How much louder."""
    power = np.sum(heard.astype(float) ** 2) / np.sum(reference.astype(float) ** 2)
    return float(10 * np.log10(power))


def frames_of(content: bytes) -> NDArray[np.uint8]:
    """All but ID3 tag and first frame."""
    frames = np.frombuffer(content[content.index(b"\xff\xfb") :], np.uint8)
    return frames[find_frames(frames)[1] :]


def test_what_is_written_is_heard_from_its_first_sample_to_its_last() -> None:
    heard = decode(write(AUDIO, at_step(0)))
    assert heard.shape == AUDIO.shape
    assert decibels(heard - USUAL * AUDIO, USUAL * AUDIO) < -25


@pytest.mark.parametrize("samples", [1, 1_000, 1_152, 11_520 + 576])
def test_it_is_as_long_as_what_was_written(samples: int) -> None:
    assert len(decode(write(AUDIO[:samples], at_step(0)))) == samples


@pytest.mark.parametrize("rate", [32_000, 48_000])
def test_other_rates(rate: int) -> None:
    audio = broken_chord(1.0, rate)
    encoder = Mp3Encoder(rate)
    encoder.write(audio)
    heard = decode(encoder.finish(at_step(0)))
    assert heard.shape == audio.shape
    assert decibels(heard - USUAL * audio, USUAL * audio) < -25


@pytest.mark.parametrize("step", [-12, -1, 1, 9])
def test_the_level_is_changed_in_steps_of_a_decibel_and_a_half(step: int) -> None:
    plain, changed = (decode(write(AUDIO, at_step(each))) for each in (0, step))
    np.testing.assert_allclose(changed, plain * STEP**step, atol=1e-5)


@pytest.mark.parametrize(
    ("wanted", "most", "step"),
    [
        (0.4, 9.0, 0),
        (0.6, 9.0, 1),
        (-3.4, 9.0, -3),
        (2.7, 2.9, 2),  # three would be nearer, but peaks would pass their ceiling
        (5.0, -1.5, -2),
        (math.inf, 3.5, 3),
    ],
)
def test_it_is_the_nearest_step_whose_peaks_stay_below_the_ceiling(
    wanted: float, most: float, step: int
) -> None:
    assert write(AUDIO, Level(USUAL * STEP**wanted, USUAL * STEP**most)) == write(AUDIO, at_step(step))


def test_a_piece_that_is_to_be_much_louder_is_encoded_anew_at_its_exact_level() -> None:
    soft = AUDIO / 100
    gain = 731.0
    exact = Mp3Encoder(RATE, gain=gain)
    exact.write(soft)
    assert write(soft, Level(wanted=2000.0, most=gain)) == exact.finish(Level(gain, gain))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, len(AUDIO)), max_size=20), st.sampled_from([1.0, 40.0]))
def test_the_bytes_do_not_depend_on_blocks_or_repetition(cuts: list[int], gain: float) -> None:
    audio = AUDIO * np.float32(gain)  # the second passes full scale, several times at first
    level = Level(wanted=USUAL / gain, most=USUAL / gain)
    assert write(audio, level, cuts=tuple(cuts)) == write(audio, level)


def test_what_passes_full_scale_on_the_way_is_not_clipped() -> None:
    audio = np.concatenate([AUDIO, 100 * AUDIO])
    level = Level(wanted=0.25, most=0.25)
    heard = decode(write(audio, level))
    assert decibels(heard - 0.25 * audio, audio) + 20 * math.log10(4) < -25


def test_peaks_stay_below_a_decibel_under_full_scale() -> None:
    audio = AUDIO.copy()
    since = np.arange(20_000) / RATE
    strike = 1.5 * np.sin(2 * np.pi * 440 * since) * np.exp(-100 * since)  # far above the rest
    audio[30_000:50_000] += strike[:, None]
    meter = LoudnessMeter(RATE)
    meter.hear(audio)
    level = meter.level()
    assert level.most < level.wanted
    finer = scipy.signal.resample_poly(decode(write(audio, level)).astype(float), 4, 1, axis=0)
    assert -2.7 < 20 * math.log10(np.abs(finer).max()) < -1.0


def test_a_title_is_written_where_one_is_given() -> None:
    for title in ("Étude in C♯", "x" * 200, None):
        with av.open(io.BytesIO(write(AUDIO[:RATE], at_step(0), title=title))) as container:
            assert container.metadata == ({} if title is None else {"title": title})


def test_players_can_seek_in_it() -> None:
    audio = broken_chord(6.0)
    content = write(audio, at_step(0), title="Étude")
    first = content.index(b"Xing")
    count, total = (int.from_bytes(content[first + at : first + at + 4], "big") for at in (8, 12))
    frames = frames_of(content)
    starts = find_frames(frames)
    assert count == len(starts)
    begin = content.index(b"\xff\xfb")
    assert total == len(content) - begin
    table = np.frombuffer(content[first + 16 : first + 116], np.uint8)
    places = (starts[np.arange(100) * count // 100] + total - len(frames)) / total  # of the file, 0 to 1
    assert np.all((table / 256 <= places) & (places < (table + 1) / 256))


def crc16(content: bytes) -> int:
    """Bit by bit, as the standard has it."""
    remainder = 0
    for byte in content:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0xA001 if remainder & 1 else 0)
    return remainder


def test_its_check_sums_are_right() -> None:
    content = write(AUDIO, at_step(2))
    told = [int.from_bytes(content[at : at + 2], "big") for at in (188, 190)]
    assert told == [crc16(frames_of(content).tobytes()), crc16(content[:190])]


def test_granules_without_audio_are_left_alone_and_gains_end_where_their_bits_do() -> None:
    frames = frames_of(write(AUDIO, at_step(0))).copy()
    starts = find_frames(frames)
    side_information = starts[3] + np.arange(36)
    channels = (52, 111, 170, 229)  # bits from the frame's begin
    bits = np.zeros(36 * 8, np.uint8)
    bits[:32] = np.unpackbits(frames[starts[3] : starts[3] + 4])
    for first, audio_bits, gain in zip(channels, (0, 1, 1, 1), (210, 250, 3, 100), strict=True):
        bits[first + 11] = audio_bits
        bits[first + 21 : first + 29] = np.unpackbits(np.uint8([gain]))
    frames[side_information] = np.packbits(bits)

    def gains(steps: int) -> list[int]:
        changed = np.unpackbits(change_level(frames, starts, steps)[side_information])
        return [int(np.packbits(changed[first + 21 : first + 29])[0]) for first in channels]

    assert gains(0) == [210, 250, 3, 100]
    assert gains(7) == [210, 255, 10, 107]
    assert gains(-7) == [210, 243, 0, 93]
    others = np.setdiff1d(np.arange(len(frames)), (starts[:, None] + np.arange(36)).ravel())
    assert np.array_equal(change_level(frames, starts, 7)[others], frames[others])


@pytest.mark.parametrize(
    "header",
    [
        bytes.fromhex("fffa9000"),  # with a check sum
        bytes.fromhex("fff39000"),  # MPEG-2
        bytes.fromhex("fffd9000"),  # Layer II
        bytes.fromhex("fffb90c0"),  # mono
        bytes.fromhex("fffb0000"),  # of a size that it does not tell
        bytes.fromhex("fffbf000"),
        bytes.fromhex("fffb9c00"),  # a sample rate that there is not
        bytes.fromhex("fffb9000"),  # broken off
    ],
)
def test_frames_that_are_not_known_are_refused(header: bytes) -> None:
    known = bytes.fromhex("fffb9000").ljust(417, b"\0")
    assert find_frames(np.frombuffer(known + known, np.uint8)).tolist() == [0, 417]
    with pytest.raises(EncodingError, match="install lameenc"):
        find_frames(np.frombuffer(known + header.ljust(400, b"\0"), np.uint8))
    with pytest.raises(EncodingError, match="install lameenc"):
        find_frames(np.frombuffer(known + header[:2], np.uint8))


def test_what_no_mp3_is_written_of_is_refused() -> None:
    with pytest.raises(EncodingError, match="cannot have 12,345 samples a second; ask"):
        Mp3Encoder(12_345)
    with pytest.raises(EncodingError, match="written in stereo; give it two channels"):
        Mp3Encoder(RATE).write(AUDIO[:, :1])
    with pytest.raises(EncodingError, match="no audio to write"):
        write(AUDIO[:0], at_step(0))


def test_pieces_are_encoded_side_by_side() -> None:
    alone = [write(AUDIO * np.float32(gain), at_step(0)) for gain in (0.5, 1.0, 2.0, 3.0)]
    together = [b""] * 4

    def encode(place: int) -> None:
        encoder = Mp3Encoder(RATE)
        for start in range(0, len(AUDIO), 1_000):
            encoder.write(AUDIO[start : start + 1_000] * np.float32((0.5, 1.0, 2.0, 3.0)[place]))
        together[place] = encoder.finish(at_step(0))

    threads = [Thread(target=encode, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
