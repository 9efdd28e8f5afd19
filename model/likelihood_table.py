"""A table of likelihoods: by what the network is told, and by style."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.checkpoint import Checkpoint
from model.likelihood import NOTHING, TELLINGS, Likelihood, likelihoods
from model.lstm import load_network
from model.piece import Piece
from model.prepared import PreparedCorpus


@dataclass(frozen=True)
class LikelihoodRow:
    """The likelihoods of some performances, by what the network was told (see `TELLINGS`)."""

    told: Mapping[str, Likelihood]

    def as_json_object(self) -> dict[str, Any]:
        """Counts, and nats an event, a note and a second for each telling."""
        counted = next(iter(self.told.values()))
        return {
            "pieces": counted.pieces,
            "events": counted.events,
            "notes": counted.notes,
            "seconds": round(counted.seconds, 1),
            "nats_per_event": {name: round(sums.nats_per_event, 4) for name, sums in self.told.items()},
            "nats_per_note": {name: round(sums.nats_per_note, 4) for name, sums in self.told.items()},
            "nats_per_second": {name: round(sums.nats_per_second, 4) for name, sums in self.told.items()},
        }


def likelihood_table(
    checkpoint: Checkpoint, corpus: PreparedCorpus, report: Callable[[str, int], None]
) -> dict[str, LikelihoodRow]:
    """How well a checkpoint foretells every performance of a corpus.

    Args:
        checkpoint: whose network is asked.
        corpus: the performances; a style that the checkpoint does not know is left open.
        report: called with the telling and how many more events have been scored.

    Returns:
        A row for `all` performances, then one for each style, in the corpus' order.
    """
    pieces = [_in_terms_of(checkpoint.styles, corpus[index], corpus.styles) for index in range(len(corpus))]
    network = load_network(checkpoint)
    scores: dict[str, list[Likelihood]] = {}
    for name, wanted in TELLINGS.items():

        def scored(events: int, name: str = name) -> None:
            report(name, events)

        scores[name] = likelihoods(network, pieces, checkpoint.controls, wanted, report=scored)
    table = {"all": _row(scores, range(len(pieces)))}
    for style, style_name in enumerate(corpus.styles):
        members = [index for index in range(len(pieces)) if corpus[index].style == style]
        if members:
            table[style_name] = _row(scores, members)
    return table


def _row(scores: Mapping[str, Sequence[Likelihood]], members: Sequence[int]) -> LikelihoodRow:
    return LikelihoodRow({name: sum((own[i] for i in members), NOTHING) for name, own in scores.items()})


def _in_terms_of(known: Sequence[str], piece: Piece, styles: Sequence[str]) -> Piece:
    """The piece with its style numbered as the checkpoint numbers it."""
    name = None if piece.style is None else styles[piece.style]
    return replace(piece, style=known.index(name) if name in known else None)
