"""Designs to draw questions from."""

from collections.abc import Mapping

from listening.study.design import Condition, Design, Excerpt, Origin

ORIGINS = {"human": Origin.HUMAN, "markov": Origin.BASELINE, "shuffled": Origin.SHUFFLED}


def design(counts: Mapping[str, int], seconds: float = 20.0, seed: int = 3) -> Design:
    """A study of so many excerpts of each condition; `human-0` is the first of those by people."""
    return Design(
        name="spring",
        seconds=seconds,
        seed=seed,
        soundfont="Flügel",
        soundfont_sha256="0" * 64,
        lufs=-18.0,
        conditions=tuple(
            Condition(name=name, origin=ORIGINS.get(name, Origin.MACHINE), style=name) for name in counts
        ),
        excerpts=tuple(
            Excerpt(
                id=f"{name}-{place}",
                condition=name,
                seconds=seconds,
                midi_sha256="1" * 64,
                audio_sha256="2" * 64,
                title=f"{name} no. {place}",
            )
            for name, count in counts.items()
            for place in range(count)
        ),
    )
