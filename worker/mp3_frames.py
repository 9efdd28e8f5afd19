"""The frames of an MP3 file: where they begin, how loud they are, and the file around them.

Only what LAME writes for this project is known here: MPEG-1 Layer III, two channels, no check sums.

Sources: ISO/IEC 11172-3, 2.4.1 (frames, side information); the LAME project's "MP3 Info Tag" specification,
revision 1 (first frame); ID3 tag version 2.4.0 (title).
"""

import struct
from functools import reduce
from operator import xor

import numpy as np
from numpy.typing import NDArray

from worker.errors import EncodingError

SAMPLE_RATES = (44_100, 48_000, 32_000)
"""Of MPEG-1, by a header's index; samples a second."""

_SAMPLES = 1_152  # of a frame
_DELAY = 576  # samples that LAME puts before the piece, as it counts them
_BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # kbit/s, by a header's index
_KILOBITS = 9  # the index above of the first frame, which has no audio
_SIDE_INFORMATION = 36  # bytes: it ends here, the header included
# Bits from a frame's begin, for both granules' both channels. Each begins with 12 bits for how many bits of
# audio it has; 9 are of no concern here; the next 8 are its global gain.
_CHANNELS = tuple(32 + 9 + 3 + 8 + 59 * each for each in range(4))
_AUDIO_BITS = slice(0, 12)
_GLOBAL_GAIN = slice(21, 29)


def find_frames(frames: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where frames begin, (frames,), in bytes.

    Args:
        frames: frames and nothing else, (bytes,).

    Raises:
        EncodingError: they are none of those that are known here.
    """
    content = frames.tobytes()
    starts = []
    start = 0
    while start < len(content):
        header = content[start : start + 4]
        if not _is_known(header):
            raise EncodingError("LAME wrote no stereo MPEG-1 Layer III; install lameenc anew.")
        starts.append(start)
        start += _size(header[2] >> 4, header)
    if start > len(content):
        raise EncodingError("LAME broke off within a frame; install lameenc anew.")
    return np.array(starts, np.int64)


def change_level(frames: NDArray[np.uint8], starts: NDArray[np.int64], steps: int) -> NDArray[np.uint8]:
    """Frames as many steps of 1.5 dB, a fourth of a factor of 2 each, louder.

    Exact, but where a gain would leave what its 8 bits can say: it stays at their end then, which is 270 dB
    below full scale or 70 dB above. What has no audio is left alone.

    Args:
        frames: frames, (bytes,).
        starts: where they begin, (frames,).
        steps: how many; softer below zero.
    """
    changed = frames.copy()
    places = starts[:, None] + np.arange(_SIDE_INFORMATION)  # (frames, bytes)
    bits = np.unpackbits(changed[places], axis=1)  # (frames, bits)
    for first in _CHANNELS:
        channel = bits[:, first:]
        gains = np.packbits(channel[:, _GLOBAL_GAIN], axis=1).astype(np.int64)  # (frames, 1)
        louder = np.clip(gains + steps, 0, 255)
        has_audio = channel[:, _AUDIO_BITS].any(axis=1, keepdims=True)
        channel[:, _GLOBAL_GAIN] = np.unpackbits(np.where(has_audio, louder, gains).astype(np.uint8), axis=1)
    changed[places] = np.packbits(bits, axis=1)
    return changed


def write_file(
    frames: NDArray[np.uint8], starts: NDArray[np.int64], samples: int, *, title: str | None
) -> bytes:
    """A file that players know the duration of, begin and end to the sample, and can seek in.

    Args:
        frames: all of LAME's frames, (bytes,).
        starts: where they begin, (frames,).
        samples: how many the piece has; what the frames have beyond is for players to leave out.
        title: a title; none where None.
    """
    return b"".join((_id3_tag(title), _first_frame(frames, starts, samples), frames.tobytes()))


def _is_known(header: bytes) -> bool:
    """Whether a frame is of MPEG-1 Layer III, has two channels and no check sum, and tells its size."""
    return (
        len(header) == 4
        and header[:2] == b"\xff\xfb"
        and 0 < header[2] >> 4 < len(_BITRATES)
        and _rate_index(header) < len(SAMPLE_RATES)
        and header[3] >> 6 != 0b11  # mono
    )


def _rate_index(header: bytes) -> int:
    return header[2] >> 2 & 0b11


def _size(bit_rate_index: int, header: bytes) -> int:
    """Bytes of a frame of another bit rate, or its own."""
    padding = header[2] >> 1 & 1
    return 144_000 * _BITRATES[bit_rate_index] // SAMPLE_RATES[_rate_index(header)] + padding


def _first_frame(frames: NDArray[np.uint8], starts: NDArray[np.int64], samples: int) -> bytes:
    """A silent frame that says how many frames follow, where they are, and what of them is the piece."""
    like = frames[:4].tobytes()
    header = bytes((like[0], like[1], _KILOBITS << 4 | _rate_index(like) << 2, like[3]))
    size = _size(_KILOBITS, header)
    total = size + len(frames)
    hundredths = starts[np.arange(100) * len(starts) // 100]
    seek_table = ((size + hundredths) * 256 // total).astype(np.uint8).tobytes()
    padding = len(starts) * _SAMPLES - _DELAY - samples
    frame = header.ljust(_SIDE_INFORMATION, b"\0") + b"".join(
        (
            struct.pack(">4sIII", b"Xing", 0b1111, len(starts), total),  # has frames, bytes, table, quality
            seek_table,
            struct.pack(">I", 75),  # quality of 100
            struct.pack(">9sB", b"LAME4.0", 4),  # variable bit rate, method "mtrh"
            bytes(11),  # low-pass, peak, gains of ReplayGain, flags, bit rate: not told
            (_DELAY << 12 | padding).to_bytes(3, "big"),
            bytes(4),  # noise shaping, gain, preset: not told
            struct.pack(">IH", total, _crc(frames)),
        )
    )
    frame += struct.pack(">H", _crc(np.frombuffer(frame, np.uint8)))
    return frame.ljust(size, b"\0")


def _crc(content: NDArray[np.uint8]) -> int:
    """CRC-16 (polynomial 0x8005, reflected, from zero) of bytes: that of many lines of them at once.

    Zeros before the first byte change nothing, so the lines are filled up there. They are joined by what a
    line of zeros makes of each bit of the sum before it.
    """
    width = 1_024
    table: NDArray[np.uint16] = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        table = table >> np.uint16(1) ^ np.where(table & 1, np.uint16(0xA001), np.uint16(0))
    lines = np.pad(content, (-len(content) % width, 0)).reshape(-1, width)
    lines = np.concatenate([lines, np.zeros((16, width), np.uint8)])
    sums = np.concatenate(
        [np.zeros(len(lines) - 16, np.uint16), np.uint16(1) << np.arange(16, dtype=np.uint16)]
    )
    for column in np.ascontiguousarray(lines.T):
        sums = table[(sums ^ column) & 0xFF] ^ sums >> 8
    images = sums[-16:].tolist()
    joined = 0
    for line_sum in sums[:-16].tolist():
        carried = (image for place, image in enumerate(images) if joined >> place & 1)
        joined = reduce(xor, carried, line_sum)
    return joined


def _id3_tag(title: str | None) -> bytes:
    if title is None:
        return b""
    text = b"\3" + title.encode()  # 3: what follows is UTF-8
    frame = b"TIT2" + _seven_bits(len(text)) + bytes(2) + text
    return b"ID3\4\0\0" + _seven_bits(len(frame)) + frame


def _seven_bits(number: int) -> bytes:
    """A number as ID3 writes it: 7 bits a byte, so that none looks like the begin of a frame."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
