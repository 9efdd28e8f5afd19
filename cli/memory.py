"""The memory of pieces, opened as the settings say."""

from typing import TYPE_CHECKING

from jobs.settings import Settings

if TYPE_CHECKING:
    from listening.store.store import Store


def open_memory(settings: Settings) -> "Store":
    """Open the database of pieces.

    Raises:
        StoreError: it cannot be opened.
    """
    from listening.store.store import open_store

    url = settings.database_url
    return open_store(None if url is None else url.get_secret_value(), settings.etude_data_dir)
