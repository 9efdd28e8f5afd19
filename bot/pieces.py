"""Tasks that come from a stored piece: another like it, its continuation, a variation, or itself again."""

from collections.abc import Callable

from cards.buttons import Action
from jobs.request import GenerationRequest, new_piece_id, new_seed
from jobs.task import ComposeTask, Fairness, RenderTask
from listening.store.store import StoredPiece

OPENING_SECONDS = 8.0
"""How much of a piece a variation keeps."""

Task = tuple[ComposeTask | RenderTask, bytes | None]
"""What is to be done, and the file that goes with it."""


def compose_from(
    stored: StoredPiece,
    action: Action,
    *,
    locale: str,
    next_number: Callable[[], int],
    address: str,
    fairness: Fairness,
) -> Task:
    """A new piece from an old one.

    Args:
        stored: the old one.
        action: `AGAIN`, the same request with another seed; `CONTINUE`, what follows its end; `VARIATION`,
            the same opening gone on with otherwise.
        locale: of whoever asks.
        next_number: gives the new piece's number.
        address: where the answer goes.
        fairness: how the task waits.
    """
    old = stored.result.request
    primer, changes = _primer(stored, old, action)
    request = GenerationRequest.model_validate(
        old.model_dump()
        | {"id": new_piece_id(), "number": next_number(), "seed": new_seed(), "locale": locale}
        | {"is_seed_given": False}
        | changes
    )
    return ComposeTask(request=request, reply_to=address, fairness=fairness), primer


def render_again(stored: StoredPiece, *, locale: str, address: str, fairness: Fairness) -> Task:
    """The same piece, rendered anew and told in the language of whoever asks."""
    request = stored.result.request.model_copy(update={"locale": locale})
    piece = stored.result.model_copy(update={"request": request})
    task = RenderTask(id=new_piece_id(), piece=piece, reply_to=address, fairness=fairness)
    return task, stored.midi


def _primer(
    stored: StoredPiece, old: GenerationRequest, action: Action
) -> tuple[bytes | None, dict[str, object]]:
    if action is Action.AGAIN:
        return stored.primer, {}
    own = {"primer_sha256": stored.result.midi_sha256}
    if action is Action.CONTINUE:
        return stored.midi, own | {"primer_echo": False, "primer_opening_seconds": None}
    opening = min(OPENING_SECONDS, old.length_seconds / 2)
    return stored.midi, own | {"primer_echo": True, "primer_opening_seconds": opening}
