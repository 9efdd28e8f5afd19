"""A listening study in a chat, and what its listeners do."""

import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

import krippendorff
import numpy as np

from jobs.audio import AudioFormat
from jobs.request import new_piece_id
from listening.store.store import Store
from listening.study.design import Design
from tests.bot.commands.chat import Chat, answered
from tests.discord_server.guild import User
from tests.discord_server.message import Message
from tests.listening.study.designs import design

AT_ONCE = 1e-6
"""Seconds of an excerpt that may be voted on at once."""

CREDIT = "Ann *Example* <@1>"


def opened(
    store: Store,
    counts: Mapping[str, int],
    *,
    seconds: float = AT_ONCE,
    piece_ids: tuple[str, ...] = (),
    audio_bytes: int = 0,
) -> Design:
    """An open study, each of whose audio files says which excerpt it is.

    Args:
        store: of the bot.
        counts: excerpts of each condition; those by people are credited.
        seconds: how long each is.
        piece_ids: what the first excerpts are cut from.
        audio_bytes: what audio files are filled up to.
    """
    wanted = design(counts, seconds)
    store.studies.create(replace(wanted, conditions=(), excerpts=()))
    for place, excerpt in enumerate(wanted.excerpts):
        piece_id = piece_ids[place] if place < len(piece_ids) else None
        own = replace(excerpt, id=new_piece_id(), piece_id=piece_id)
        if excerpt.condition == "human":
            own = replace(own, attribution=CREDIT, licence="CC BY 4.0")
        condition = wanted.condition(excerpt.condition)
        audio = own.id.encode().ljust(audio_bytes)
        store.studies.add(wanted.name, condition, own, b"notes", audio, AudioFormat.MP3)
    return store.studies.open(wanted.name).design


def cli(chat: Chat, *arguments: str) -> bytes:
    """What `etude` prints, beside a bot that runs."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *arguments],
        env=os.environ | {"ETUDE_DATA_DIR": str(chat.running.settings.etude_data_dir)},
        check=True,
        capture_output=True,
    )
    return done.stdout


def conditions_of(message: Message, study: Design) -> list[str]:
    """What a message plays, in the order of its files: told by what stands in them."""
    names = {excerpt.id: excerpt.condition for excerpt in study.excerpts}
    return [names[excerpt] for excerpt in excerpts_of(message)]


def excerpts_of(message: Message) -> list[str]:
    """Ids of what a message plays."""
    return [attachment.content.decode().strip() for attachment in message.attachments]


def asked(chat: Chat, user: User, command: str, **options: int) -> Message:
    """A question, once it can be listened to."""
    message = answered(chat.server.slash(user, chat.channel, command, options))
    assert message.is_ephemeral
    assert message.files, message.content
    return message


def voted(chat: Chat, user: User, message: Message, label: str) -> Message:
    """A message after a vote, which changed it."""
    before = message.edits
    chat.server.click(user, message, label).wait_response()
    chat.server.wait(lambda: message.edits > before)
    return message


def labels(message: Message) -> list[str]:
    """What stands on a message's buttons."""
    return [button["label"] for button in message.buttons]


@dataclass(frozen=True)
class Evening:
    """What was answered.

    Attributes:
        ratings: of each listener each excerpt's; 40 of either condition.
        guesses: whether each excerpt was a human's, and whether it was said to be.
    """

    ratings: list[dict[str, int]]
    guesses: Counter[tuple[bool, bool]]

    def alpha(self) -> float:
        """Krippendorff's alpha by the package of that name."""
        excerpts = sorted({excerpt for one in self.ratings for excerpt in one})
        table = [[one.get(excerpt, math.nan) for excerpt in excerpts] for one in self.ratings]
        return float(krippendorff.alpha(np.array(table), level_of_measurement="ordinal"))

    def d_prime(self) -> float:
        """By hand: half a vote is added to every cell."""
        rates = [
            (self.guesses[is_human, True] + 0.5)
            / (self.guesses[is_human, True] + self.guesses[is_human, False] + 1)
            for is_human in (True, False)
        ]
        hit, false_alarm = map(NormalDist().inv_cdf, rates)
        return hit - false_alarm


def all_vote(chat: Chat, people: list[User], study: Design) -> Evening:
    """Each gives two duels, two guesses and four ratings, by rules that the test below reckons with.

    The first 15 prefer humans in every duel, the others the machine; the first 12 guess right, the others
    wrong; humans are rated 5 and 4 in turn from listener to listener, the machine 3 and 2.
    """
    evening = Evening([{} for _ in people], Counter())
    rated: Counter[str] = Counter()
    for place, user in enumerate(people):
        for _ in range(2):
            duel = asked(chat, user, "duel")
            conditions = conditions_of(duel, study)
            voted(chat, user, duel, "AB"[conditions.index("human" if place < 15 else "romantic")])
        for _ in range(2):
            guess = asked(chat, user, "guess")
            is_human = conditions_of(guess, study) == ["human"]
            evening.guesses[is_human, is_human is (place < 12)] += 1
            voted(chat, user, guess, "Human" if is_human is (place < 12) else "Machine")
        rating = asked(chat, user, "listen", count=4)
        for _ in range(4):
            (condition,) = conditions_of(rating, study)
            value = (5 if condition == "human" else 3) - place % 2
            rated[condition] += 1
            evening.ratings[place][excerpts_of(rating)[0]] = value
            voted(chat, user, rating, str(value))
    assert rated == {"human": 40, "romantic": 40}
    return evening
