"""Audio files from samples, through PyAV: its wheels bring FFmpeg, so no program has to be installed.

The same samples and title give the same bytes: no date and no random serial number is written.
"""

import io
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

from jobs.audio import AudioFormat
from worker.errors import EncodingError


@dataclass(frozen=True)
class _Recipe:
    """How a format is written: FFmpeg's names, and the options of its encoder."""

    container: str
    codec: str
    sample_format: str  # what the encoder is fed: 32-bit float, or 16-bit integers
    sample_rate: int | None = None  # where the codec knows but one
    options: dict[str, str] = field(default_factory=dict)


_RECIPES = {
    # VBR quality 2, about 170 to 210 kbit/s: 118 is FFmpeg's unit of quality. LAME's search effort 5 in
    # place of the default takes 0.73 of the time for a file 2 % larger.
    AudioFormat.MP3: _Recipe(
        "mp3",
        "libmp3lame",
        "flt",
        options={"flags": "+qscale+bitexact", "global_quality": str(2 * 118), "compression_level": "5"},
    ),
    AudioFormat.OPUS: _Recipe("ogg", "libopus", "flt", sample_rate=48_000, options={"b": "128k"}),
    AudioFormat.FLAC: _Recipe("flac", "flac", "s16"),
    AudioFormat.WAV: _Recipe("wav", "pcm_s16le", "s16"),
}

_FRAME = 16_384  # samples handed to FFmpeg at once


class Encoder:
    """Writes one audio file, block by block, in memory.

    16-bit formats are dithered with triangular noise of one step, so that the last note dies away smoothly
    instead of breaking up; the noise is the same in every file.
    """

    def __init__(self, audio_format: AudioFormat, sample_rate: int, *, title: str | None = None) -> None:
        """Begin a file.

        Args:
            audio_format: what to write.
            sample_rate: of the samples to come, in Hz; Opus is resampled to its 48,000.
            title: a title to write into the file; none where None.

        Raises:
            EncodingError: this installation's FFmpeg cannot write the format at this rate.
        """
        self._recipe = _RECIPES[audio_format]
        self._format = audio_format
        self._sample_rate = sample_rate
        self._written = 0
        self._noise = np.random.Generator(np.random.PCG64(0))
        self._file = io.BytesIO()
        try:
            self._container = av.open(
                self._file, "w", format=self._recipe.container, options={"fflags": "+bitexact"}
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

    def write(self, samples: NDArray[np.float32]) -> None:
        """Add audio, (samples, 2), full scale at 1.

        Raises:
            EncodingError: FFmpeg refuses it.
        """
        for start in range(0, len(samples), _FRAME):
            frame = self._frame(samples[start : start + _FRAME])
            frame.sample_rate = self._sample_rate
            frame.pts = self._written
            self._written += frame.samples
            self._mux(frame)

    def finish(self) -> bytes:
        """End the file and return all of it.

        Raises:
            EncodingError: nothing was written, or FFmpeg refuses.
        """
        if not self._written:
            raise EncodingError("There is no audio to write; render a piece first.")
        self._mux(None)
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise self._failure() from error
        return self._file.getvalue()

    def _frame(self, samples: NDArray[np.float32]) -> av.AudioFrame:
        if self._recipe.sample_format == "s16":
            draws = self._noise.random((len(samples), 2, 2), dtype=np.float32)  # (samples, channels, draws)
            steps = samples * np.float32(32_767.0) + (draws[..., 0] - draws[..., 1])
            packed = np.clip(np.rint(steps), -32_768, 32_767).astype(np.int16)
        else:
            packed = np.ascontiguousarray(samples, np.float32)
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


def encode(
    samples: NDArray[np.float32], sample_rate: int, audio_format: AudioFormat, *, title: str | None = None
) -> bytes:
    """A whole audio file.

    Args:
        samples: audio, (samples, 2), full scale at 1.
        sample_rate: in Hz.
        audio_format: what to write: MP3 (VBR quality 2), Opus (128 kbit/s), FLAC or WAV (16 bit).
        title: a title to write into the file; none where None.

    Raises:
        EncodingError: there are no samples, or FFmpeg cannot write them.
    """
    encoder = Encoder(audio_format, sample_rate, title=title)
    encoder.write(samples)
    return encoder.finish()
