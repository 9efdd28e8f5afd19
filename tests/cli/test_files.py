from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.files import make_folder, read_bounded, write_together


def test_files_appear_together(tmp_path: Path) -> None:
    written = write_together(tmp_path, {"a.mid": b"one", "b.png": b"two"})
    assert written == {"a.mid": tmp_path / "a.mid", "b.png": tmp_path / "b.png"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.mid": b"one", "b.png": b"two"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("step", ["write_bytes", "replace"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_whatever_stops_it_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], step: str, after: int
) -> None:
    real = getattr(Path, step)
    calls = iter(range(100))

    def interrupted(path: Path, argument: object) -> object:
        if next(calls) == after:
            raise error
        return real(path, argument)

    (tmp_path / "mine").write_bytes(b"mine")
    monkeypatch.setattr(Path, step, interrupted)
    with pytest.raises((KeyboardInterrupt, CommandError)) as stopped:
        write_together(tmp_path, {"a": b"one", "b": b"two", "c": b"three"})
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    if stopped.type is CommandError:
        assert str(stopped.value) == f"The folder {tmp_path} cannot be written to: No space left on device."


def test_a_folder_is_made_with_those_above(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_of_just_the_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "primer.mid"
    path.write_bytes(b"1234")
    assert read_bounded(path, "primer", 4) == b"1234"
    with pytest.raises(CommandError, match=r"primer\.mid has 4 bytes; at most 3 are accepted"):
        read_bounded(path, "primer", 3)
