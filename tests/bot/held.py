"""A bot or a worker that is held at certain moments as long as files are there; otherwise the real one.

`python -m tests.bot.held bot|worker FOLDER`: where FOLDER has a file named as a moment, another one named
`reached-` and that is made once somebody waits there.
"""

import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

MOMENTS = {
    "noted": "the message stands in the chat, and the bot has not stored its id",
    "submitted": "the bot has stored the id, and not sent the task down the street",
    "acknowledged": "the worker has put the piece into the chat, and not sent the final event",
}


class Gates:
    """Hold whoever comes to a moment, until its gate is opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shut(self, moment: str) -> None:
        """From now on this moment is waited at."""
        assert moment in MOMENTS
        (self._folder / moment).touch()

    def is_reached(self, moment: str) -> bool:
        """Whether anybody waits, or has waited."""
        return (self._folder / f"reached-{moment}").exists()

    def held(self, moment: str, deed: Callable[..., Any]) -> Callable[..., Any]:
        """A deed that is done once the gate is open."""

        @wraps(deed)
        def do(*arguments: Any, **options: Any) -> Any:
            gate = self._folder / moment
            if gate.exists():
                (self._folder / f"reached-{moment}").touch()
            while gate.exists():
                time.sleep(0.01)
            return deed(*arguments, **options)

        return do


def main(part: str, gates: Gates) -> int:
    """Run the bot or the worker."""
    if part == "worker":
        import worker.__main__
        from jobs.street import ledger

        ledger.give_answer = gates.held("acknowledged", ledger.give_answer)
        return worker.__main__.main()
    import bot.__main__
    from jobs.street.front import Front
    from listening.store.messages import Messages

    Messages.answered = gates.held("noted", Messages.answered)  # type: ignore[method-assign]
    Front.submit = gates.held("submitted", Front.submit)  # type: ignore[method-assign]
    return bot.__main__.main()


if __name__ == "__main__":
    _, name, folder = sys.argv
    del sys.argv[1:]
    sys.exit(main(name, Gates(Path(folder))))
