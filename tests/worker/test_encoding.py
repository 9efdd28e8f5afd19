"""Every format is written, can be read again, and is the same every time."""

import io
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.audio import AudioFormat
from worker.encoding import Encoder, encode
from worker.errors import EncodingError
from worker.loudness import Level

RATE = 44_100


@pytest.fixture(scope="module")
def audio() -> NDArray[np.float32]:
    """Three seconds and a bit: silence, then a tone that dies away, 10 dB softer on the right."""
    time = np.arange(int(3.21 * RATE)) / RATE
    tone = np.where(time < 1.0, 0.0, 0.5 * np.sin(2 * np.pi * 440 * time) * np.exp(1.0 - time))
    return np.stack([tone, tone * 0.316], axis=1).astype(np.float32)


def decode(content: bytes) -> tuple[NDArray[np.float32], int, dict[str, str]]:
    """Samples (samples, 2), sample rate and tags."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("flt", "stereo", stream.rate)
        frames = [
            part.to_ndarray().reshape(-1, 2)
            for frame in container.decode(stream)
            for part in resampler.resample(frame)
        ]
        return np.concatenate(frames), stream.rate, container.metadata | stream.metadata


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_what_is_written_can_be_heard_again(audio: NDArray[np.float32], audio_format: AudioFormat) -> None:
    heard, rate, _ = decode(encode(audio, RATE, audio_format))
    assert rate == (48_000 if audio_format is AudioFormat.OPUS else RATE)
    assert len(heard) / rate == pytest.approx(len(audio) / RATE, abs=0.05)
    assert np.abs(heard[: int(0.95 * rate)]).max() < 1e-3
    left, right = (np.sqrt((heard[rate : 3 * rate, channel] ** 2).mean()) for channel in (0, 1))
    expected = np.sqrt((audio[RATE : 3 * RATE, 0] ** 2).mean())
    assert 20 * np.log10(left / expected) == pytest.approx(0.0, abs=0.3)
    assert 20 * np.log10(left / right) == pytest.approx(10.0, abs=0.5)
    crossings = np.count_nonzero(np.diff(np.signbit(heard[int(1.1 * rate) : int(2.1 * rate), 0])))
    assert crossings == pytest.approx(880, abs=3)


@pytest.mark.parametrize(
    ("audio_format", "suffix", "media_type", "magic"),
    [
        (AudioFormat.MP3, ".mp3", "audio/mpeg", b"ID3"),
        (AudioFormat.OPUS, ".ogg", "audio/ogg", b"OggS"),
        (AudioFormat.FLAC, ".flac", "audio/flac", b"fLaC"),
        (AudioFormat.WAV, ".wav", "audio/wav", b"RIFF"),
    ],
)
def test_a_format_is_what_it_says(
    audio: NDArray[np.float32], audio_format: AudioFormat, suffix: str, media_type: str, magic: bytes
) -> None:
    content = encode(audio, RATE, audio_format, title="Étude")
    assert content.startswith(magic)
    assert (audio_format.suffix, audio_format.media_type) == (suffix, media_type)
    assert (b"OpusHead" in content) == (audio_format is AudioFormat.OPUS)


def write(
    audio: NDArray[np.float32], audio_format: AudioFormat, level: Level, *, block: int = 16_384
) -> bytes:
    encoder = Encoder(audio_format, RATE, title="Étude")
    for start in range(0, len(audio), block):
        encoder.write(audio[start : start + block])
    return encoder.finish(level)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_the_bytes_do_not_depend_on_blocks_or_repetition(
    audio: NDArray[np.float32], audio_format: AudioFormat
) -> None:
    level = Level(wanted=1.1, most=1.6)
    whole = write(audio, audio_format, level, block=len(audio))
    assert write(audio, audio_format, level, block=1_234) == whole


@pytest.mark.parametrize("audio_format", [AudioFormat.FLAC, AudioFormat.WAV])
def test_16_bit_formats_are_exact(audio: NDArray[np.float32], audio_format: AudioFormat) -> None:
    content = write(audio / 16, audio_format, Level(wanted=20.0, most=16.0))
    assert content == encode(audio / 16, RATE, audio_format, gain=16.0, title="Étude")
    heard, _, _ = decode(content)
    assert len(heard) == len(audio)
    assert np.abs(heard - audio).max() <= 2.0 / 32_768  # dither and rounding, and 32,767 being 1


@pytest.mark.parametrize("rendered", [0.002, 1 / 16, 4.0])  # far from what is usual, and that
@pytest.mark.parametrize(("wanted", "most"), [(0.9, 1.5), (1.5, 0.9)])
def test_opus_is_exactly_as_loud_as_it_is_to_be(
    audio: NDArray[np.float32], wanted: float, most: float, rendered: float
) -> None:
    level = Level(wanted / rendered, most / rendered)
    heard, rate, _ = decode(write(audio * np.float32(rendered), AudioFormat.OPUS, level))
    full, _, _ = decode(encode(audio, RATE, AudioFormat.OPUS))
    power, full_power = ((each[rate : 3 * rate] ** 2).mean() for each in (heard, full))
    assert 10 * np.log10(power / full_power) == pytest.approx(20 * np.log10(0.9), abs=0.05)


def test_the_header_of_opus_tells_its_gain(audio: NDArray[np.float32]) -> None:
    content = write(audio, AudioFormat.OPUS, Level(16.0, 16.0))
    gain = int.from_bytes(content[content.index(b"OpusHead") + 16 :][:2], "little", signed=True)
    assert gain / 256 == pytest.approx(20 * np.log10(2.0), abs=1 / 256)


def test_the_bytes_are_the_same_in_another_process(tmp_path: Path, audio: NDArray[np.float32]) -> None:
    np.save(tmp_path / "audio.npy", audio)
    code = (
        "import sys, numpy; from pathlib import Path; from jobs.audio import AudioFormat;"
        "from worker.encoding import encode; folder = Path(sys.argv[1]);"
        "audio = numpy.load(folder / 'audio.npy');"
        "[(folder / f).write_bytes(encode(audio, 44100, f)) for f in AudioFormat]"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    for audio_format in AudioFormat:
        assert (tmp_path / audio_format).read_bytes() == encode(audio, RATE, audio_format)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_title_is_written_where_one_is_given(audio: NDArray[np.float32], audio_format: AudioFormat) -> None:
    assert decode(encode(audio, RATE, audio_format, title="Étude in C♯"))[2]["title"] == "Étude in C♯"
    tags = decode(encode(audio, RATE, audio_format))[2]
    assert set(tags) <= {"encoder"}


def test_16_bit_formats_are_dithered(audio: NDArray[np.float32]) -> None:
    # a tone of a third of a step would vanish without
    faint = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE) / 3 / 32_768
    heard, _, _ = decode(encode(np.stack([faint, faint], axis=1).astype(np.float32), RATE, AudioFormat.WAV))
    assert np.dot(heard[:, 0], faint) / np.dot(faint, faint) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_no_audio_is_refused(audio_format: AudioFormat) -> None:
    with pytest.raises(EncodingError, match="no audio to write"):
        encode(np.empty((0, 2), np.float32), RATE, audio_format)
    with pytest.raises(EncodingError, match="no audio to write"):
        Encoder(audio_format, RATE).finish(Level(1.0, 1.0))


def test_a_rate_that_a_format_lacks_is_refused(audio: NDArray[np.float32]) -> None:
    with pytest.raises(EncodingError, match="FFmpeg cannot write flac at 2,000,000 samples a second"):
        encode(audio, 2_000_000, AudioFormat.FLAC)
