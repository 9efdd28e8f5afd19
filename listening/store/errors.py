"""What can go wrong in `listening.store`.

    StoreError
    ├── DatabaseError   the database is not found, not reached, damaged, or cannot be written
    ├── RevisionError   what is in the database was written by another version of Etude
    └── PieceError      a piece does not fit its files, or what is already stored

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
