"""Files that appear all at once or not at all."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cli.errors import CommandError


def make_folder(folder: Path) -> None:
    """Make a folder if it does not exist, and see whether files can be written to it.

    Raises:
        CommandError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_together(folder: Path, files: Mapping[str, bytes]) -> dict[str, Path]:
    """Write several files of one piece; if anything fails or interrupts, none of them stays.

    Args:
        folder: that exists.
        files: contents by file name.

    Returns:
        The paths by file name.

    Raises:
        CommandError: the folder cannot be written to.
    """
    partials = {name: folder / f".{name}.partial" for name in files}
    written = []
    is_complete = False
    try:
        for name, content in files.items():
            partials[name].write_bytes(content)
        for name, partial in partials.items():
            written.append(folder / name)
            partial.replace(folder / name)
        is_complete = True
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for path in [*partials.values(), *([] if is_complete else written)]:
            with suppress(OSError):  # what cannot be removed was never written
                path.unlink()
    return {name: folder / name for name in files}


def read_bounded(path: Path, what: str, max_bytes: int) -> bytes:
    """A file's bytes, unless there are too many.

    Raises:
        CommandError: it is missing, no file, unreadable or too large.
    """
    try:
        if not path.is_file():
            raise CommandError(f"The {what} {path} does not exist or is no file.")
        size = path.stat().st_size
        if size > max_bytes:
            raise CommandError(f"The {what} {path} has {size:,} bytes; at most {max_bytes:,} are accepted.")
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"The {what} {path} cannot be read: {error.strerror}.") from error


def _unwritable(folder: Path, error: OSError) -> CommandError:
    return CommandError(f"The folder {folder} cannot be written to: {error.strerror}.")
