"""Listening studies in chat: questions are put to listeners in private, and their votes are taken.

What is under way stands in SQL: a question that was asked and not answered comes again, whatever happened to
its message, and its buttons carry all that a vote needs.
"""

import asyncio
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import discord

from bot.board import asking
from bot.deadline import lift_deadline
from bot.errors import RefusedError
from bot.place import Place, locale_of, place_of
from bot.wire import defer, edited, fields, resolve
from cards.figures import size
from cards.message import Message
from cards.questions import Heard, ballot_note, excerpt_names, question, revealed, summary
from cards.replies import Refusal, reply
from listening.store.errors import StudyError
from listening.store.question import Asked, Ballot, Disclosure, Voted
from listening.store.store import Store
from listening.study.question import ANSWERS, Answer, Kind

USUAL_STEPS = 10
"""How many ratings a set has where nobody says how many."""

MAX_STEPS = 20
_REQUEST_BYTES = 25 * 1024**2 - 64 * 1024
"""What Discord takes in one request, but for what goes beside the files."""


class Listening:
    """Asks listeners and takes their votes; each listener's clicks are taken one after another."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # by listener

    async def ask(self, interaction: discord.Interaction, kind: Kind, steps: int | None = None) -> None:
        """Ask whoever acted the next question of a kind, or the one that they have not answered yet.

        Args:
            interaction: not yet answered.
            kind: of the question.
            steps: how many ratings a new set has; None goes on with one that was begun.

        Raises:
            RefusedError: nothing can be asked here, or nothing more.
        """
        place = place_of(interaction)
        if place.missing:
            needed = ", ".join(place.missing)
            raise RefusedError(reply(Refusal.BOT_PERMISSION, place.locale, permission=needed))
        async with self._turn(place.user_id):
            step, steps = await self._next_step(place.user_id, kind, steps)
            asked = await self._asked(place, kind, step, steps)
            if asked is None:
                raise RefusedError(reply(Refusal.ALL_HEARD, place.locale))
            message, files = _shown(asked, interaction)
            with asking():
                await defer(interaction)
                await resolve(interaction, message, files)
            await asyncio.to_thread(self._store.questions.shown, asked.id)

    async def vote(self, interaction: discord.Interaction, question_id: str, answer: Answer) -> None:
        """Take an answer, and say what was heard, or go on with the set.

        Raises:
            RefusedError: the server does not take the files of what comes next.
            StudyError: the question cannot be answered so.
        """
        place = place_of(interaction)
        is_rating = answer in ANSWERS[Kind.LISTEN]
        if is_rating:  # what comes next takes longer than Discord waits
            lift_deadline(interaction)
            with asking():
                await interaction.response.defer()
        source = interaction.message
        async with self._turn(place.user_id):
            voted = await asyncio.to_thread(
                partial(
                    self._store.questions.answer,
                    question_id,
                    place.user_id,
                    answer,
                    appeared=None if source is None else source.edited_at or source.created_at,
                )
            )
            note = ballot_note(voted.ballot.value, voted.needed_seconds, place.locale)
            if voted.ballot in (Ballot.UNKNOWN, Ballot.CLOSED):
                await _change(interaction, edited(Message(content=note)))
            elif is_rating:
                await self._go_on(interaction, place, voted, "" if voted.ballot is Ballot.ALREADY else note)
            else:
                await self._reveal(interaction, place, voted, note)

    async def _reveal(self, interaction: discord.Interaction, place: Place, voted: Voted, note: str) -> None:
        """Tell what was heard; the recordings stay, to be heard again."""
        score = None
        if voted.kind is Kind.GUESS:
            standing = await asyncio.to_thread(self._store.questions.score, place.user_id)
            score = (standing.correct, standing.guesses)
        assert voted.kind is not None  # noqa: S101 - for the type checker: the question is known
        assert voted.answer is not None  # noqa: S101 - the same: it is answered
        message = revealed(
            voted.kind.value,
            voted.answer.value,
            [_heard(one) for one in (voted.first, voted.second) if one is not None],
            place.locale,
            note=note,
            is_correct=voted.is_correct,
            score=score,
        )
        arguments = fields(message)
        del arguments["files"]
        await _change(interaction, arguments)

    async def _go_on(self, interaction: discord.Interaction, place: Place, voted: Voted, note: str) -> None:
        """Ask for the next rating in the place of the one just given; at the end tell what was heard."""
        owed = await asyncio.to_thread(self._store.listening_sets.begun, place.user_id)
        if owed is None and voted.step < voted.steps:
            owed = (voted.step + 1, voted.steps)
        asked = None if owed is None else await self._asked(place, Kind.LISTEN, *owed)
        if asked is not None:
            message, files = _shown(asked, interaction, note)
            await _change(interaction, edited(message, files))
            await asyncio.to_thread(self._store.questions.shown, asked.id)
            return
        if voted.step < voted.steps:
            note = "\n".join(filter(None, (note, reply(Refusal.ALL_HEARD, place.locale).content)))
        rated = await asyncio.to_thread(self._store.listening_sets.rated, place.user_id, voted.step)
        told = [
            (one.answer.value, _heard(one.first))
            for one in rated
            if one.answer is not None and one.first is not None
        ]
        if not told:  # the study was closed, or the listener's data were erased, this very moment
            await _change(interaction, edited(reply(Refusal.NO_STUDY, place.locale)))
            return
        counted = sum(one.ballot is Ballot.COUNTED for one in rated)
        await _change(interaction, edited(summary(told, counted, place.locale, note=note)))

    async def _next_step(self, user_id: int, kind: Kind, steps: int | None) -> tuple[int, int]:
        if kind is not Kind.LISTEN:
            return 1, 1
        owed = await asyncio.to_thread(self._store.listening_sets.begun, user_id)
        if owed is not None and steps in (None, owed[1]):
            return owed
        return 1, steps or USUAL_STEPS

    async def _asked(self, place: Place, kind: Kind, step: int, steps: int) -> Asked | None:
        ask = partial(
            self._store.questions.ask,
            kind,
            user_id=place.user_id,
            guild_id=place.guild_id,
            step=step,
            steps=steps,
        )
        try:
            return await asyncio.to_thread(ask)
        except StudyError as error:
            raise RefusedError(reply(Refusal.NO_STUDY, place.locale)) from error

    def _turn(self, user_id: int) -> asyncio.Lock:
        return self._turns.setdefault(user_id, asyncio.Lock())


def _shown(
    asked: Asked, interaction: discord.Interaction, note: str = ""
) -> tuple[Message, dict[str, bytes]]:
    """A question as a message, and its files by names that tell nothing.

    Raises:
        RefusedError: the server does not take files so large.
    """
    locale, limit = locale_of(interaction), interaction.filesize_limit
    clips = [asked.first] if asked.second is None else [asked.first, asked.second]
    lengths = [len(clip.audio) for clip in clips]
    if max(lengths) > limit or sum(lengths) > _REQUEST_BYTES:
        raise RefusedError(reply(Refusal.EXCERPTS_TOO_LARGE, locale, size=size(limit, locale)))
    suffix = asked.first.audio_format.suffix
    message = question(
        asked.kind.value,
        asked.id,
        [clip.seconds for clip in clips],
        suffix,
        locale,
        step=asked.step,
        steps=asked.steps,
        note=note,
    )
    names = excerpt_names(asked.kind.value, suffix)
    return message, {name: clip.audio for name, clip in zip(names, clips, strict=True)}


async def _change(interaction: discord.Interaction, arguments: dict[str, Any]) -> None:
    """Make the message whose button was clicked say something else."""
    lift_deadline(interaction)
    with asking():
        if interaction.response.is_done():
            await interaction.edit_original_response(**arguments)
        else:
            await interaction.response.edit_message(**arguments)


def _heard(disclosure: Disclosure) -> Heard:
    return Heard(
        title=disclosure.title,
        condition=disclosure.condition.name,
        origin=disclosure.condition.origin.value,
        attribution=disclosure.attribution,
        licence=disclosure.licence,
        piece_id=disclosure.piece_id,
    )
