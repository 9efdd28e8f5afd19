"""The soundfont: found on this machine, checked, and known by its content."""

import hashlib
import importlib.util
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from worker.errors import SoundfontError

OWN_FOLDER = Path(__file__).resolve().parent.parent / "soundfonts"
"""Where users of a checkout put soundfonts of their own."""

SYSTEM_FOLDERS = (
    Path("/usr/share/sounds/sf2"),  # Debian, Ubuntu
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/soundfonts"),  # Fedora, Arch, openSUSE
    Path("/usr/local/share/soundfonts"),  # FreeBSD, and what administrators add
    Path("/opt/homebrew/share/soundfonts"),  # Homebrew brings no piano: a place for one
    Path("/Library/Audio/Sounds/Banks"),  # macOS
    Path("/Applications/MuseScore 4.app/Contents/Resources/sound"),
    Path("/Applications/MuseScore 3.app/Contents/Resources/sound"),
)

GOOD_PIANOS = (
    # Splendid Grand: 144 samples, 41 key zones, separate recordings for mf and ff.
    "MuseScore_General_Full.sf2",  # uncompressed: the same sound as below without the second of decoding
    "MuseScore_General.sf2",
    "MuseScore_General_Full.sf3",
    "MuseScore_General.sf3",
    "MS Basic.sf3",
    "MuseScore_General_Lite.sf3",
    # Yamaha grand: 40 stereo samples, 20 key zones, one recording through nine brightnesses.
    "FluidR3_GM.sf2",
    "FluidR3Mono_GM.sf3",  # the same Yamaha from 20 samples in mono
)
"""Pianos that packages bring, best first: more recordings a key, and more loudnesses, sound more alive.

`TimGM6mb.sf2` (9 samples in all) is not among them: pretty_midi brings it wherever Etude runs.
"""


@dataclass(frozen=True)
class Soundfont:
    """A soundfont file that has been seen to be one.

    Attributes:
        path: where it lies.
        name: the file's name without its ending.
        origin: what led to it: the setting, the project's own folder, the system's folders, or pretty_midi.
    """

    path: Path
    name: str
    origin: Literal["setting", "project", "system", "pretty_midi"]

    def digest(self) -> str:
        """SHA-256 of the file's content in hexadecimal; read again only when size or time of change differ.

        Raises:
            SoundfontError: the file has gone since it was found.
        """
        try:
            state = self.path.stat()
            return _sha256(self.path, state.st_size, state.st_mtime_ns)
        except OSError as error:
            raise SoundfontError(f"The soundfont {self.path} cannot be read: {error.strerror}.") from error


def find_soundfont(
    setting: Path | None, *, own: Path = OWN_FOLDER, search: Sequence[Path] = SYSTEM_FOLDERS
) -> Soundfont:
    """The soundfont to play with: as set, else the user's own, the system's best, or pretty_midi's.

    Of several in the user's own folder the first by name is taken. A file that a user chose must be in
    order; a damaged one of the system is passed over.

    Args:
        setting: the path that the user set, if any.
        own: the folder for the user's own soundfonts; it need not exist.
        search: the system's folders in which `GOOD_PIANOS` are looked for.

    Raises:
        SoundfontError: the file set or found in `own` is missing, unreadable or no soundfont, or there is
            none anywhere.
    """
    if setting is not None:
        path = setting.expanduser()
        check_soundfont(path)
        return Soundfont(path, path.stem, "setting")
    for path in sorted([*own.glob("*.sf2"), *own.glob("*.sf3")]):
        check_soundfont(path)
        return Soundfont(path, path.stem, "project")
    for name in GOOD_PIANOS:
        for folder in search:
            path = folder / name
            if path.is_file() and _is_sound(path):
                return Soundfont(path, path.stem, "system")
    package = importlib.util.find_spec("pretty_midi")  # found, not imported: that would take half a second
    if package is None or package.origin is None:
        raise SoundfontError(
            "No soundfont was found; install fluid-soundfont-gm or set SOUNDFONT to an .sf2 file."
        )
    path = Path(package.origin).with_name("TimGM6mb.sf2")
    check_soundfont(path)
    return Soundfont(path, path.stem, "pretty_midi")


def check_soundfont(path: Path) -> None:
    """Refuse a file that is missing, unreadable, cut short or no soundfont.

    SoundFont 2 and 3 are RIFF files of form `sfbk` that state their size; no more of them is read.

    Raises:
        SoundfontError: with a sentence that names the path.
    """
    try:
        with path.open("rb") as file:
            header = file.read(12)
        size = path.stat().st_size
    except FileNotFoundError:
        raise SoundfontError(
            f"The soundfont {path} does not exist; give the path of an .sf2 or .sf3 file."
        ) from None
    except IsADirectoryError:
        raise SoundfontError(f"The soundfont {path} is a folder; give the path of a file in it.") from None
    except OSError as error:
        raise SoundfontError(
            f"The soundfont {path} cannot be read: {error.strerror}; mend that or give another."
        ) from error
    if len(header) < 12 or not (header.startswith(b"RIFF") and header.endswith(b"sfbk")):
        raise SoundfontError(f"The file {path} is not a soundfont; give the path of an .sf2 or .sf3 file.")
    stated = 8 + struct.unpack("<I", header[4:8])[0]
    if size < stated:
        raise SoundfontError(
            f"The soundfont {path} is cut short: it has {size:,} of its {stated:,} bytes; copy it again."
        )


def _is_sound(path: Path) -> bool:
    try:
        check_soundfont(path)
    except SoundfontError:
        return False
    return True


@lru_cache(maxsize=16)
def _sha256(path: Path, size: int, changed_ns: int) -> str:  # noqa: ARG001 - they are the cache's key
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
