"""In which order a listener meets the excerpts: balanced over conditions, pieces, places and sides.

A pure function of the design, the listener's number and what they were asked before, so that nothing has to
be planned ahead and listeners may stop whenever they like. Every vote is that of fresh ears: what a listener
has heard once is not asked of them again, in whatever kind of question, but where it is repeated on purpose.
Otherwise they would know from the first answer's disclosure whose it is.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations

from listening.study.design import Design, Excerpt, Origin
from listening.study.question import Kind, Question, Role

BLOCK = 8
"""Of so many questions of one kind, one is a trapping item, and one of those to `/listen` a repeat."""

_UNCHECKED = 4
"""So many questions at the beginning of each block are ordinary ones: there is something to compare with."""

_APART = 3
"""So many other questions lie at least between a rating and its repeat."""

_GUESS_BLOCK = (True, True, False, False)
"""Human or not: as many of either in four guesses, so that nobody is right by always saying the same."""


def next_question(
    design: Design,
    listener: int,
    kind: Kind,
    asked: Sequence[Question],
    withdrawn: Collection[str] = (),
) -> Question | None:
    """What to ask a listener next.

    Args:
        design: of the study.
        listener: their number in it, from 1.
        kind: how to ask.
        asked: all that they were asked before, of every kind, in that order.
        withdrawn: ids of excerpts that cannot be played any more.

    Returns:
        None where they have heard all that can be asked so.
    """
    return _Order(design, listener, kind, asked, withdrawn).next()


def williams_square(conditions: int) -> list[list[int]]:
    """Rows of a Latin square in which every condition follows every other equally often.

    E. J. Williams 1949, "Experimental designs balanced for the estimation of residual effects of treatments",
    Australian Journal of Scientific Research A 2. As many rows as conditions, twice as many if odd.
    """
    zigzag = [place // 2 + 1 if place % 2 else -(place // 2) for place in range(conditions)]
    rows = [[(start + step) % conditions for step in zigzag] for start in range(conditions)]
    return rows if conditions % 2 == 0 else rows + [row[::-1] for row in rows]


def round_robin(conditions: int) -> list[tuple[int, int]]:
    """All pairs of conditions, as a tournament plays them: any stretch has each about equally often."""
    if conditions < 2:
        return []
    players: list[int | None] = [*range(conditions), *([None] if conditions % 2 else [])]
    pairs = []
    for _ in range(len(players) - 1):
        half = len(players) // 2
        for one, other in zip(players[:half], reversed(players[half:]), strict=True):
            if one is not None and other is not None:
                pairs.append((min(one, other), max(one, other)))
        players = [players[0], players[-1], *players[1:-1]]
    assert set(pairs) == set(combinations(range(conditions), 2))  # noqa: S101 - what the circle method promises
    return pairs


class _Order:
    """One listener's way through one kind of question."""

    def __init__(
        self,
        design: Design,
        listener: int,
        kind: Kind,
        asked: Sequence[Question],
        withdrawn: Collection[str],
    ) -> None:
        self._design = design
        self._listener = listener
        self._kind = kind
        self._own = [question for question in asked if question.kind is kind]
        self._ordinary = sum(question.role is Role.ORDINARY for question in self._own)
        self._gone = {excerpt for question in asked for excerpt in question.excerpts} | set(withdrawn)
        self._withdrawn = set(withdrawn)

    def next(self) -> Question | None:
        return (
            self._check()
            or {Kind.DUEL: self._duel, Kind.GUESS: self._guess, Kind.LISTEN: self._listen}[self._kind]()
        )

    def _check(self) -> Question | None:
        """The repeat or the trapping item that is due at this place, if there is one."""
        block, place = divmod(len(self._own), BLOCK)
        trapping, repeated, *_ = sorted(
            range(_UNCHECKED, BLOCK), key=lambda own: self._draw("check", str(block), str(own))
        )
        if place == trapping:
            return self._trap()
        if place == repeated and self._kind is Kind.LISTEN:
            return self._repeat()
        return None

    def _trap(self) -> Question | None:
        for condition in self._design.conditions:
            if not condition.is_trapping:
                continue
            for shuffled in self._fresh(condition.name):
                if self._kind is not Kind.DUEL:
                    return Question(self._kind, Role.TRAPPING, shuffled.id)
                start = self._draw("trap", shuffled.id)
                compared = self._design.compared
                for step in range(len(compared)):
                    real = next(self._fresh(compared[(start + step) % len(compared)].name), None)
                    if real is not None:
                        return self._pair(Role.TRAPPING, shuffled.id, real.id)
        return None

    def _repeat(self) -> Question | None:
        """Of the ratings long enough ago, one that was not repeated yet."""
        repeated = {question.first for question in self._own if question.role is Role.REPEATED}
        before = [
            question.first
            for question in self._own[: max(len(self._own) - _APART, 0)]
            if question.role is Role.ORDINARY and question.first not in repeated | self._withdrawn
        ]
        if not before:
            return None
        chosen = min(before, key=lambda excerpt: self._draw("repeat", excerpt))
        return Question(self._kind, Role.REPEATED, chosen)

    def _duel(self) -> Question | None:
        compared = self._design.compared
        pairs = round_robin(len(compared))
        for step in range(len(pairs)):
            one, other = pairs[(self._turn(len(pairs)) + self._ordinary + step) % len(pairs)]
            first = next(self._fresh(compared[one].name), None)
            second = next(self._fresh(compared[other].name), None)
            if first is not None and second is not None:
                return self._pair(Role.ORDINARY, first.id, second.id)
        return None

    def _guess(self) -> Question | None:
        block, place = divmod(self._ordinary, len(_GUESS_BLOCK))
        places = sorted(range(len(_GUESS_BLOCK)), key=lambda own: self._draw("human", str(block), str(own)))
        wants_human = _GUESS_BLOCK[places[place]]
        names = [one.name for one in self._design.compared if (one.origin is Origin.HUMAN) == wants_human]
        heard = self._ordinary // 2
        for step in range(len(names)):
            excerpt = next(self._fresh(names[(self._turn(len(names)) + heard + step) % len(names)]), None)
            if excerpt is not None:
                return Question(self._kind, Role.ORDINARY, excerpt.id)
        return None

    def _listen(self) -> Question | None:
        compared = self._design.compared
        if not compared:
            return None
        rows = williams_square(len(compared))
        rounds, place = divmod(self._ordinary, len(compared))
        row = rows[(self._turn(len(rows)) + rounds) % len(rows)]
        for step in range(len(row)):
            excerpt = next(self._fresh(compared[row[(place + step) % len(row)]].name), None)
            if excerpt is not None:
                return Question(self._kind, Role.ORDINARY, excerpt.id)
        return None

    def _pair(self, role: Role, first: str, second: str) -> Question:
        if self._draw("side", first, second) % 2:
            first, second = second, first
        return Question(self._kind, role, first, second)

    def _fresh(self, condition: str) -> Iterator[Excerpt]:
        """A condition's excerpts that were not heard; each listener begins with another one."""
        excerpts = self._design.of(condition)
        if not excerpts:
            return
        start = self._turn(len(excerpts)) + self._draw_for_all("offset", condition)
        for step in range(len(excerpts)):
            excerpt = excerpts[(start + step) % len(excerpts)]
            if excerpt.id not in self._gone:
                yield excerpt

    def _turn(self, count: int) -> int:
        """Where in a cycle of `count` the listener begins: all places alike, and again other ones later."""
        number = self._listener - 1
        return number + number // max(count, 1)

    def _draw(self, *about: str) -> int:
        """A number that nothing but the design's seed, the listener and what it is about decides."""
        return self._draw_for_all(str(self._listener), self._kind, *about)

    def _draw_for_all(self, *about: str) -> int:
        text = "\n".join((str(self._design.seed), *about))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
