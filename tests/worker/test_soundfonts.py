"""The soundfont is found in the order that is promised, and what is none is refused with a sentence."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from worker.errors import SoundfontError
from worker.soundfonts import GOOD_PIANOS, find_soundfont

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
def bundled() -> Path:
    return find_soundfont(None, own=Path("/nonexistent"), search=()).path


def test_the_one_inside_pretty_midi_is_the_last_resort(tmp_path: Path) -> None:
    found = find_soundfont(None, own=tmp_path, search=[tmp_path / "none"])
    assert (found.name, found.origin) == ("TimGM6mb", "pretty_midi")
    assert found.path.is_file()


def test_each_place_goes_before_the_next(tmp_path: Path, bundled: Path) -> None:
    own, system = tmp_path / "own", tmp_path / "system"
    own.mkdir()
    system.mkdir()
    (own / "README.md").write_text("not a soundfont")
    shutil.copy(bundled, system / GOOD_PIANOS[-1])
    assert find_soundfont(None, own=own, search=[system]).origin == "system"
    shutil.copy(bundled, own / "b.sf3")
    shutil.copy(bundled, own / "a.sf2")
    found = find_soundfont(None, own=own, search=[system])
    assert (found.path, found.name, found.origin) == (own / "a.sf2", "a", "project")
    set_one = system / GOOD_PIANOS[-1]
    found = find_soundfont(set_one, own=own, search=[system])
    assert (found.path, found.origin) == (set_one, "setting")


def test_of_the_systems_pianos_the_best_sound_one_is_taken(tmp_path: Path, bundled: Path) -> None:
    one, other = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    other.mkdir()
    (other / GOOD_PIANOS[0]).write_bytes(bundled.read_bytes()[:1000])  # damaged: passed over
    shutil.copy(bundled, one / GOOD_PIANOS[-1])
    shutil.copy(bundled, other / GOOD_PIANOS[1])
    assert find_soundfont(None, own=tmp_path, search=[one, other]).path == other / GOOD_PIANOS[1]


def test_a_missing_one_is_named() -> None:
    with pytest.raises(SoundfontError, match=r"/nowhere/piano\.sf2 does not exist; give the path"):
        find_soundfont(Path("/nowhere/piano.sf2"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SoundfontError, match=f"{tmp_path} is a folder"):
        find_soundfont(tmp_path)


def test_an_unreadable_one_is_refused(tmp_path: Path, bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    path = tmp_path / "piano.sf2"
    shutil.copy(bundled, path)
    # Taking the right to read away from a real file would stop everyone but root, who may run the tests too.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SoundfontError, match="cannot be read: Permission denied"):
        find_soundfont(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", PNG, b"RIFF\x00\x00\x00\x00WAVE" + bytes(64)])
def test_what_is_no_soundfont_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "piano.sf2"
    path.write_bytes(content)
    with pytest.raises(SoundfontError, match=rf"The file {path} is not a soundfont"):
        find_soundfont(path)
    with pytest.raises(SoundfontError, match="is not a soundfont"):
        find_soundfont(None, own=tmp_path)


def test_a_truncated_one_is_refused(tmp_path: Path, bundled: Path) -> None:
    path = tmp_path / "piano.sf2"
    path.write_bytes(bundled.read_bytes()[:100_000])
    with pytest.raises(SoundfontError, match=r"is cut short: it has 100,000 of its 5,9\d\d,\d{3} bytes"):
        find_soundfont(path)


def test_the_digest_follows_the_content(tmp_path: Path, bundled: Path) -> None:
    path = tmp_path / "piano.sf2"
    shutil.copy(bundled, path)
    found = find_soundfont(path)
    first = found.digest()
    assert first == hashlib.sha256(bundled.read_bytes()).hexdigest() == found.digest()
    with path.open("ab") as file:
        file.write(b"more")
    assert found.digest() == hashlib.sha256(path.read_bytes()).hexdigest() != first
    path.unlink()
    with pytest.raises(SoundfontError, match="cannot be read"):
        found.digest()


def test_finding_one_does_not_import_pretty_midi() -> None:
    code = (
        "import sys; from worker.soundfonts import find_soundfont; find_soundfont(None, search=());"
        "assert 'pretty_midi' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
