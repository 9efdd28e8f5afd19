"""Pieces that earlier commands asked for and did not live to keep: they are kept by the next one."""

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from cli.report import note
from cli.street import Street
from jobs.answer import Failed, Finished
from jobs.errors import BlobError, SettledError
from jobs.street.blobs import Kind
from jobs.task import ComposeTask, Task

if TYPE_CHECKING:
    from listening.store.store import Store

_log = structlog.get_logger(__name__)


def keep_leftovers(street: Street, store: "Store", address: str) -> None:
    """Wait for every piece that was accepted for this memory and that nobody waits for; store and settle it.

    Raises:
        StreetError: Redis fails.
        StoreError: the database fails.
    """
    for task in street.front.orphans(address):
        if isinstance(task, ComposeTask):
            note(f"An earlier command was stopped before it had piece {task.id}: making it now.")
        with suppress(SettledError):  # two commands at once found it
            _keep(street, store, task)


def _keep(street: Street, store: "Store", task: Task) -> None:
    answer = street.wait(task, lambda _: None)
    if isinstance(task, ComposeTask) and isinstance(answer, Finished):
        try:
            midi = street.front.file(task.id, Kind.MIDI)
            is_primed = task.request.primer_sha256 is not None
            primer = street.front.file(task.id, Kind.PRIMER) if is_primed else None
        except BlobError as error:
            _log.warning("leftover.lost", piece=task.id, cause=str(error))
        else:
            store.add_piece(answer.result, midi, primer, street.front.fingerprints(task.id))
            note(f"It is in the database: etude show {task.id}")
    elif isinstance(task, ComposeTask) and isinstance(answer, Failed):
        note(answer.sentence)
    street.front.settle(task)
