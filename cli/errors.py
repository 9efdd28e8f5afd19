"""What can go wrong in `cli` itself.

    CommandError   an option or a file named on the command line cannot be used
    └── PrimerRefusedError   the worker found the primer to be no music that it can use

`str(error)` is one sentence that a user may read.
"""

INSTALL_BOT = ".venv/bin/pip install -e '.[bot]' in Etude's folder"
INSTALL_WORKER = ".venv/bin/pip install -e '.[worker]' in Etude's folder"
INSTALL_TRAIN = ".venv/bin/pip install -e '.[train]' in Etude's folder"
INSTALL_REPORT = ".venv/bin/pip install -e '.[report]' in Etude's folder"


class CommandError(Exception):
    """An option of a command, or a file it names, cannot be used."""


class PrimerRefusedError(CommandError):
    """The worker found the primer to be no music that it can use."""
