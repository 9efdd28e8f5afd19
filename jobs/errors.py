"""What can go wrong with a request or with the settings of a process.

    JobsError
    ├── RequestError     what a person asked for cannot be composed
    ├── SettingsError    an environment variable has a value that is not allowed
    └── StreetError      Redis cannot be reached or used
        ├── BlobError        a file is too large to be carried, or is not there any more
        ├── DuplicateError   a task of that id was accepted before
        ├── NoWorkerError    nobody works behind Redis
        └── SettledError     another process has kept the answer that was waited for

`str(error)` is what the user may see: one sentence that says what was wrong and how to mend it
(`SettingsError`: one sentence a line, one line a variable).
"""

SHOWN_CHARACTERS = 40


class JobsError(Exception):
    """Base of this package's errors; `str(error)` may be shown to the user."""


class RequestError(JobsError):
    """What a person asked for is not understood, or is outside of what is allowed."""


class SettingsError(JobsError):
    """A setting has a value that is not allowed."""


class StreetError(JobsError):
    """What lies between fronts and workers fails: Redis cannot be reached, or does not do what it should."""


class BlobError(StreetError):
    """A file is too large to be carried, or is not there any more."""


class DuplicateError(StreetError):
    """A task of that id was accepted before."""


class NoWorkerError(StreetError):
    """No worker was heard in time."""


class SettledError(StreetError):
    """Another process has kept the answer that was waited for."""


def quote(value: str) -> str:
    """Returns `value` in quotation marks, fit to stand inside a one-line sentence.

    Characters that do not print (line breaks, direction overrides, lone surrogates) become `?`, and
    what is longer than 40 characters is cut, so that a sentence stays one whatever was typed.
    """
    cut = value if len(value) <= SHOWN_CHARACTERS else value[: SHOWN_CHARACTERS - 1] + "…"
    return '"' + "".join(character if character.isprintable() else "?" for character in cut) + '"'
