"""Audio files from samples: MP3 by LAME, the rest through PyAV, whose wheels bring FFmpeg.

So no program has to be installed. The same samples and title give the same bytes: no date and no random
serial number is written. What takes long, MP3 and Opus, is encoded while its audio comes.
"""

import io
import math
import struct
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

from jobs.audio import AudioFormat
from worker.dither import FULL_SCALE, Dither
from worker.errors import EncodingError
from worker.loudness import Level
from worker.mp3 import Mp3Encoder


@dataclass(frozen=True)
class _Recipe:
    """How a format is written: FFmpeg's names, and the options of its encoder."""

    container: str
    codec: str
    sample_format: str  # what the encoder is fed: 32-bit float, or 16-bit integers
    sample_rate: int | None = None  # where the codec knows but one
    options: dict[str, str] = field(default_factory=dict)


_RECIPES = {
    AudioFormat.OPUS: _Recipe("ogg", "libopus", "flt", sample_rate=48_000, options={"b": "128k"}),
    AudioFormat.FLAC: _Recipe("flac", "flac", "s16"),
    AudioFormat.WAV: _Recipe("wav", "pcm_s16le", "s16"),
}

_FRAME = 16_384  # samples handed to FFmpeg at once


# Opus is encoded with a usual gain, and its header says what is missing. Far from that gain, peaks might pass
# what it can hold (2), or the noise that it fills up with would come near: there it is encoded anew.
_OPUS_GAIN = 8.0
_NEAR_OPUS_GAIN = (4.0, 40.0)


class Encoder:
    """Writes one audio file in memory, of audio that comes block by block and gets its level at its end."""

    def __init__(self, audio_format: AudioFormat, sample_rate: int, *, title: str | None = None) -> None:
        """Begin a file.

        Args:
            audio_format: what to write.
            sample_rate: of the samples to come, in Hz; Opus is resampled to its 48,000.
            title: a title to write into the file; none where None.

        Raises:
            EncodingError: the format cannot be written at this rate.
        """
        self._format = audio_format
        self._sample_rate = sample_rate
        self._title = title
        self._written: list[NDArray[np.float32]] = []  # what is not encoded yet, or perhaps anew
        if audio_format is AudioFormat.MP3:
            self._mp3 = Mp3Encoder(sample_rate)
        else:
            self._file = _File(audio_format, sample_rate, title)

    def write(self, samples: NDArray[np.float32]) -> None:
        """Add audio as it was rendered, (samples, 2), which must not be changed any more.

        Raises:
            EncodingError: it cannot be written.
        """
        if self._format is AudioFormat.MP3:
            self._mp3.write(samples)
            return
        self._written.append(samples)
        if self._format is AudioFormat.OPUS:
            self._file.write(samples, _OPUS_GAIN)

    def finish(self, level: Level) -> bytes:
        """End the file and return all of it.

        Args:
            level: what is to be done about the loudness of what was written. It is brought to exactly its
                gain; in MP3 to within 0.75 dB of it where the peaks allow, and never louder than they do.

        Raises:
            EncodingError: nothing was written, or FFmpeg refuses it.
        """
        if self._format is AudioFormat.MP3:
            return self._mp3.finish(level, title=self._title)
        file = self._file
        if self._format is AudioFormat.OPUS:
            if _NEAR_OPUS_GAIN[0] <= level.gain <= _NEAR_OPUS_GAIN[1]:
                return _with_output_gain(file.finish(), level.gain / _OPUS_GAIN)
            file = _File(self._format, self._sample_rate, self._title)
        for block in self._written:
            file.write(block, level.gain)
        return file.finish()


def encode(
    samples: NDArray[np.float32],
    sample_rate: int,
    audio_format: AudioFormat,
    *,
    gain: float = 1.0,
    title: str | None = None,
) -> bytes:
    """A whole audio file at an exact level.

    Args:
        samples: audio, (samples, 2), full scale at 1.
        sample_rate: in Hz.
        audio_format: what to write: MP3 (VBR quality 2), Opus (128 kbit/s), FLAC or WAV (16 bit).
        gain: a factor that the samples are multiplied by.
        title: a title to write into the file; none where None.

    Raises:
        EncodingError: there are no samples, or they cannot be written.
    """
    if audio_format is AudioFormat.MP3:
        mp3 = Mp3Encoder(sample_rate, gain=gain)
        mp3.write(samples)
        return mp3.finish(Level(wanted=gain, most=gain), title=title)
    file = _File(audio_format, sample_rate, title)
    file.write(samples, gain)
    return file.finish()


class _File:
    """An audio file that FFmpeg writes, in memory."""

    def __init__(self, audio_format: AudioFormat, sample_rate: int, title: str | None) -> None:
        self._recipe = _RECIPES[audio_format]
        self._format = audio_format
        self._sample_rate = sample_rate
        self._written = 0
        self._dither = Dither()
        self._content = io.BytesIO()
        try:
            self._container = av.open(
                self._content, "w", format=self._recipe.container, options={"fflags": "+bitexact"}
            )
            if title is not None:
                self._container.metadata["title"] = title
            stream = self._container.add_stream(
                self._recipe.codec,
                rate=self._recipe.sample_rate or sample_rate,
                options={"flags": "+bitexact", **self._recipe.options},
            )
            assert isinstance(stream, av.AudioStream)  # noqa: S101 - for the type checker: all codecs are audio's
            stream.layout = "stereo"
            self._stream = stream
        except (av.FFmpegError, ValueError) as error:
            raise self._failure() from error

    def write(self, samples: NDArray[np.float32], gain: float) -> None:
        """Add audio, (samples, 2), brought to its level by a factor."""
        for start in range(0, len(samples), _FRAME):
            frame = self._frame(samples[start : start + _FRAME], gain)
            frame.sample_rate = self._sample_rate
            frame.pts = self._written
            self._written += frame.samples
            self._mux(frame)

    def finish(self) -> bytes:
        if not self._written:
            raise EncodingError("There is no audio to write; render a piece first.")
        self._mux(None)
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise self._failure() from error
        return self._content.getvalue()

    def _frame(self, samples: NDArray[np.float32], gain: float) -> av.AudioFrame:
        if self._recipe.sample_format == "s16":
            steps = self._dither.steps(samples, gain)
            packed: NDArray[np.int16] | NDArray[np.float32] = np.clip(
                steps, -FULL_SCALE - 1, FULL_SCALE
            ).astype(np.int16)
        else:
            packed = samples * np.float32(gain)
        return av.AudioFrame.from_ndarray(
            packed.reshape(1, -1), format=self._recipe.sample_format, layout="stereo"
        )

    def _mux(self, frame: av.AudioFrame | None) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, ValueError) as error:
            raise self._failure() from error

    def _failure(self) -> EncodingError:
        return EncodingError(
            f"FFmpeg cannot write {self._format} at {self._sample_rate:,} samples a second; "
            "ask for another format, or for 44,100."
        )


def _with_output_gain(opus: bytes, gain: float) -> bytes:
    """An Ogg Opus file, told to players as to be multiplied by a gain, to 1/256 dB.

    Source: RFC 7845, section 5.1 (output gain); RFC 3533, section 6 (pages and their check sums).
    """
    segments = opus[26]  # of the first page, which is the header and nothing else
    page = bytearray(opus[: 27 + segments + sum(opus[27 : 27 + segments])])
    struct.pack_into("<h", page, 27 + segments + 16, round(256 * 20 * math.log10(gain)))
    struct.pack_into("<I", page, 22, 0)
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = remainder << 1 ^ (0x1_04C1_1DB7 if remainder & 0x8000_0000 else 0)
    struct.pack_into("<I", page, 22, remainder)
    return bytes(page) + opus[len(page) :]
