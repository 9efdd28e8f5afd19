"""What can go wrong with a street of the command's own.

    CommandError
    └── StreetUnavailableError   Valkey and the worker cannot be started here, or are gone for good

`str(error)` is one sentence that a user may read.
"""

from cli.errors import CommandError


class StreetUnavailableError(CommandError):
    """Valkey and the worker cannot be started beside this command, or are gone for good."""
