"""What is computed once for a checkpoint, kept in a folder of files."""

import tempfile
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)


def keep(content: bytes, path: Path) -> None:
    """Put a file into the cache, all at once; where that cannot be written it is computed every time.

    The name is drawn, so that workers that begin at the same time do not write into each other's file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(content)
                file.close()
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("cache.not_kept", path=str(path), cause=error.strerror)
