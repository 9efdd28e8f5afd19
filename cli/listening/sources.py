"""Where the music of a study comes from: Etude, people, the baseline, and pieces shuffled."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from cli.errors import CommandError
from jobs.errors import quote
from jobs.options import ComposeOptions, resolve
from jobs.request import LENGTH_SECONDS, MAX_SEED, GenerationRequest, new_piece_id
from listening.study.design import Condition, Design, Origin

if TYPE_CHECKING:
    from jobs.settings import Settings
    from listening.store.store import Store
    from model.performance import Note
    from worker.engine import Engine
    from worker.soundfonts import Soundfont

COMPOSED_FACTOR = 2.0
"""A piece is composed so many times as long as its excerpt: an opening is heard, as of real pieces."""

HUMAN = Condition(name="human", origin=Origin.HUMAN)
BASELINE = Condition(name="Markov melody", origin=Origin.BASELINE)
SHUFFLED = Condition(name="shuffled", origin=Origin.SHUFFLED)


@dataclass(frozen=True)
class Music:
    """A piece to be cut: its notes, and what is told of it."""

    condition: Condition
    notes: "Sequence[Note]"
    title: str
    attribution: str | None = None
    licence: str | None = None
    piece_id: str | None = None


@dataclass(frozen=True)
class _Human:
    """A piece by people, wherever it is kept."""

    title: str
    attribution: str
    licence: str
    midi: bytes
    style: str | None


class Sources:
    """Makes a study's pieces; the network is opened when the first is composed."""

    def __init__(
        self,
        settings: "Settings",
        store: "Store",
        soundfont: "Soundfont",
        design: Design,
        asked: Mapping[str, float | None],
        label: str,
    ) -> None:
        """Take what is needed.

        Args:
            settings: of the process.
            store: for composed pieces, which are kept like any others.
            soundfont: what composed pieces are played with.
            design: of the study so far.
            asked: temperature, top_p and guidance; None for the defaults.
            label: added to the names of Etude's conditions.
        """
        from model.checkpoint import SHIPPED, load_checkpoint

        self._settings, self._store, self._soundfont, self._design = settings, store, soundfont, design
        self._asked, self._label = asked, label
        self._checkpoint = load_checkpoint(settings.etude_checkpoint or SHIPPED)
        self._opened = ExitStack()
        self._engine: Engine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def plan(
        self, styles: Sequence[str], pieces: int, human: int | None, baseline: int | None, shuffled: int
    ) -> list[Callable[[], Music]]:
        """What each missing excerpt is made by.

        Raises:
            CommandError: a style is not known, there are too few pieces by people, or a condition of that
                name is another one.
        """
        unknown = [style for style in styles if style not in self._checkpoint.styles]
        if unknown or not styles:
            known = ", ".join(self._checkpoint.styles)
            raise CommandError(f"Style {quote(', '.join(unknown))} is not known; the checkpoint has {known}.")
        humans = self._humans(styles)
        composed = pieces * len(styles)
        people = min(composed, len(humans)) if human is None else human
        if max(people, shuffled) > len(humans):
            raise CommandError(
                f"There are {len(humans)} pieces by people, fewer than were asked for: ask for less, "
                "or add some with `etude listening add-human`."
            )
        plan: list[Callable[[], Music]] = []
        for style in styles:
            condition = self._condition(style)
            plan += self._missing(condition, pieces, partial(self._compose, condition))
        plan += self._missing(HUMAN, people, partial(self._play, humans))
        melodies = pieces if baseline is None else baseline
        plan += self._missing(BASELINE, melodies, self._melody)
        # From the other end: who hears a piece shuffled shall rarely know it.
        plan += self._missing(SHUFFLED, shuffled, partial(self._shuffle, humans))
        return plan

    def _missing(
        self, condition: Condition, count: int, make: Callable[[int], Music]
    ) -> list[Callable[[], Music]]:
        if any(one.name == condition.name and one != condition for one in self._design.conditions):
            raise CommandError(
                f"The study {self._design.name} has another condition {quote(condition.name)} already, of "
                "another checkpoint or other sampling settings: give these a --label."
            )
        there = len(self._design.of(condition.name))
        return [partial(make, place) for place in range(there, count)]

    def _condition(self, style: str) -> Condition:
        request = self._request(style, 0, new_number=lambda: 1)
        return Condition(
            name=f"{style} {self._label}".strip(),
            origin=Origin.MACHINE,
            style=style,
            checkpoint=self._checkpoint.digest,
            temperature=request.temperature,
            top_p=request.top_p,
            guidance=request.guidance,
        )

    def _request(self, style: str, seed: int, new_number: Callable[[], int]) -> GenerationRequest:
        from jobs.capabilities import Capabilities

        seconds = min(max(COMPOSED_FACTOR * self._design.seconds, LENGTH_SECONDS.low), LENGTH_SECONDS.high)
        typed = {"style": style, "length": str(seconds), "seed": str(seed)}
        options = ComposeOptions.model_validate(
            typed | {name: str(value) for name, value in self._asked.items() if value is not None}
        )
        offered = Capabilities(
            checkpoint=self._checkpoint.digest,
            sampler=self._settings.etude_cpu_sampler,
            styles=self._checkpoint.styles,
        )
        return resolve(options, offered, next_number=new_number, draw_seed=lambda: seed, new_id=new_piece_id)

    def _compose(self, condition: Condition, place: int) -> Music:
        from cards.titles import title_of
        from model.midi import read_midi
        from worker.composition import compose
        from worker.device import Device
        from worker.engine import Engine
        from worker.network import open_network
        from worker.stop import Stop

        if self._engine is None:
            cache = self._settings.etude_data_dir / "cache"
            network = open_network(self._checkpoint, cache, Device.AUTO, self._settings.etude_cpu_sampler)
            self._engine = self._opened.enter_context(Engine(network))
        assert condition.style is not None  # noqa: S101 - for the type checker: Etude's conditions have one
        request = self._request(
            condition.style, self._seed(condition.name, place), new_number=self._store.next_number
        )
        piece = compose(request, None, self._engine, self._soundfont, lambda _stage, _share: None, Stop())
        self._store.add_piece(piece.result, piece.midi, None)
        return Music(condition, read_midi(piece.midi), title_of(request), piece_id=request.id)

    def _play(self, humans: Sequence[_Human], place: int) -> Music:
        from model.midi import read_midi

        human = humans[place]
        return Music(HUMAN, read_midi(human.midi), human.title, human.attribution, human.licence)

    def _melody(self, place: int) -> Music:
        from model.baseline.markov import compose_melody

        seed = self._seed(BASELINE.name, place)
        notes = compose_melody(seed, COMPOSED_FACTOR * self._design.seconds)
        return Music(BASELINE, notes, f"Melody of a hidden Markov model, seed {seed}")

    def _shuffle(self, humans: Sequence[_Human], place: int) -> Music:
        from model.excerpt import shuffled
        from model.midi import read_midi

        human = humans[-1 - place]
        return Music(
            SHUFFLED,
            shuffled(read_midi(human.midi), self._seed(SHUFFLED.name, place)),
            f"{human.title}, its notes shuffled",
            human.attribution,
            human.licence,
        )

    def _humans(self, styles: Sequence[str]) -> list[_Human]:
        """Pieces by people: those that were added, then the bundled ones, of the styles asked for first."""
        from listening.excerpts import bundled_excerpts

        added = [
            _Human(one.title, one.attribution, one.licence, one.midi, None)
            for one in self._store.humans.all()
        ]
        bundled = [
            _Human(one.title, one.attribution, one.licence, one.path.read_bytes(), one.style)
            for one in bundled_excerpts()
        ]
        return added + sorted(bundled, key=lambda one: one.style not in styles)

    def _seed(self, condition: str, place: int) -> int:
        text = f"{self._design.seed}\n{condition}\n{place}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % (MAX_SEED + 1)
