"""The formats in which a piece's audio is delivered."""

from enum import StrEnum


class AudioFormat(StrEnum):
    """An audio file format."""

    MP3 = "mp3"
    OPUS = "opus"
    FLAC = "flac"
    WAV = "wav"

    @property
    def suffix(self) -> str:
        """The end of a file's name, with its dot. Opus travels in an Ogg container, which Discord plays."""
        return ".ogg" if self is AudioFormat.OPUS else f".{self.value}"

    @property
    def media_type(self) -> str:
        """The media type (RFC 3003, RFC 7845, RFC 9639; `audio/wav` is what browsers use)."""
        return {
            AudioFormat.MP3: "audio/mpeg",
            AudioFormat.OPUS: "audio/ogg",
            AudioFormat.FLAC: "audio/flac",
            AudioFormat.WAV: "audio/wav",
        }[self]
