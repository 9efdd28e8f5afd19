"""What can go wrong in `listening.store`.

    StoreError
    ├── DatabaseError   the database is not found, not reached, damaged, or cannot be written
    ├── RevisionError   what is in the database was written by another version of Etude
    ├── PieceError      a piece does not fit its files, or what is already stored
    ├── MessageError    a request made in chat does not fit what is already stored
    ├── GuildError      a server's setting has a value that is not allowed
    └── StudyError      a listening study cannot be changed or answered so

`str(error)` is one sentence that a user may read: what was wrong, and how to mend it.
No password stands in it.
"""


class StoreError(Exception):
    """Base of every error that `listening.store` raises on purpose."""


class DatabaseError(StoreError):
    """The database cannot be opened, reached, read or written."""


class RevisionError(StoreError):
    """What is in the database was written by another, mostly newer, version of Etude."""


class PieceError(StoreError):
    """A piece does not fit its own files, or what is already stored under its id or number."""


class MessageError(StoreError):
    """A request made in chat does not fit what is already stored under its id or its message's."""


class GuildError(StoreError):
    """A server's setting has a value that is not allowed."""


class StudyError(StoreError):
    """A listening study is not there, not in the state that is needed, or cannot be answered so."""
