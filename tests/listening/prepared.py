"""Studies in a store, with files that say what they are."""

from collections.abc import Mapping
from dataclasses import replace

from jobs.audio import AudioFormat
from jobs.request import new_piece_id
from listening.store.store import Store
from listening.study.design import Design
from tests.listening.study.designs import design


def audio_of(condition: str, place: int) -> bytes:
    """What stands in the audio file of an excerpt."""
    return f"{condition}-{place}".encode()


def prepared(
    store: Store,
    counts: Mapping[str, int],
    *,
    name: str = "spring",
    piece_ids: Mapping[str, str] | None = None,
    is_open: bool = True,
) -> Design:
    """A study of so many excerpts of 20 s of each condition, open if not said otherwise.

    Args:
        store: to keep it.
        counts: excerpts of each condition.
        name: of the study.
        piece_ids: pieces that excerpts are cut from; an excerpt is named as in `human-0`.
        is_open: whether it is opened.
    """
    wanted = design(counts)
    store.studies.create(replace(wanted, name=name, conditions=(), excerpts=()))
    for excerpt in wanted.excerpts:
        own = replace(excerpt, id=new_piece_id(), piece_id=(piece_ids or {}).get(excerpt.id))
        store.studies.add(
            name,
            wanted.condition(excerpt.condition),
            own,
            b"notes",
            excerpt.id.encode(),
            AudioFormat.MP3,
        )
    return (store.studies.open(name) if is_open else store.studies.get(name)).design
