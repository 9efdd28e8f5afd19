"""`python -m benchmarks.report`: is the bot's event loop free while a report with its charts is computed?

A study of 40 listeners (1,600 votes) and 2,000 reactions; the bot's own `Reports` has the child process
compute it, while a heartbeat of 10 ms in the same event loop tells how late it comes.
"""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import create_engine, insert

from bot.reports import Reports
from jobs.audio import AudioFormat
from jobs.request import new_piece_id
from jobs.settings import Settings
from listening.store.store import Store, open_store
from listening.store.study_tables import StudyListener, StudyQuestion
from listening.store.tables import Base, Message, Piece, Reaction
from listening.study.design import Condition, Design, Excerpt, Origin
from listening.study.order import next_question
from listening.study.question import ANSWERS, Kind, Question

GUILD = 1
LISTENERS, VOTES_EACH = 40, 40
PIECES, REACTIONS_EACH = 200, 10
STYLES = ("baroque", "romantic", "ragtime", None)
BEAT_SECONDS = 0.01
IDLE_SECONDS = 5.0
Rows = list[dict[str, Any]]
_ORIGINS = {
    "romantic": Origin.MACHINE,
    "baroque": Origin.MACHINE,
    "Markov melody": Origin.BASELINE,
    "human": Origin.HUMAN,
}


def main() -> None:
    """Fill a database, and print how late heartbeats come: idle, and while a report is computed."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/etude.db"
        with open_store(url, Path(folder)) as store:
            design = _study(store)
        _fill(url, design)
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # of pydantic-settings, which its plugin does not know
            database_url=SecretStr(url),
            etude_data_dir=Path(folder),
        )
        asyncio.run(_measure(settings))


async def _measure(settings: Settings) -> None:
    reports = Reports(settings)
    print(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}")
    print(f"idle:   {_told(await _lateness(lambda: asyncio.sleep(IDLE_SECONDS)))}")
    begun = time.perf_counter()
    late = await _lateness(lambda: reports.of(GUILD))
    seconds = time.perf_counter() - begun
    report, charts = await reports.of(GUILD)  # told again, as it is fresh
    assert report.study is not None
    print(f"report: {_told(late)}")
    votes, ratings = report.study.votes.answered, report.reactions.all.sample.votes
    print(f"{votes} votes, {ratings} reactions, {len(charts)} charts: {seconds:.1f} s")


async def _lateness(work: Callable[[], Awaitable[Any]]) -> list[float]:
    """By how many milliseconds each heartbeat comes late while some work is done."""
    late = []
    working = asyncio.ensure_future(work())
    while not working.done():
        due = time.perf_counter() + BEAT_SECONDS
        await asyncio.sleep(BEAT_SECONDS)
        late.append((time.perf_counter() - due) * 1000)
    await working
    return late


def _told(late: list[float]) -> str:
    hundredths = statistics.quantiles(late, n=100)
    return (
        f"{len(late)} heartbeats, late by {statistics.median(late):.1f} ms in the median, "
        f"{hundredths[98]:.1f} ms in the 99th percentile, {max(late):.1f} ms at most"
    )


def _study(store: Store) -> Design:
    """An open study of four conditions."""
    name = "benchmark"
    blank = Design(name=name, seconds=20.0, seed=1, soundfont="none", soundfont_sha256="0" * 64, lufs=-18.0)
    store.studies.create(blank)
    for condition, origin in _ORIGINS.items():
        for place in range(24):
            excerpt = Excerpt(
                id=new_piece_id(),
                condition=condition,
                seconds=20.0,
                midi_sha256="1" * 64,
                audio_sha256="2" * 64,
                title=f"{condition} no. {place}",
            )
            one = Condition(name=condition, origin=origin)
            store.studies.add(name, one, excerpt, b"notes", b"audio", AudioFormat.MP3)
    return replace(store.studies.open(name).design)


def _fill(url: str, design: Design) -> None:
    """Votes and reactions by rows: what each says does not matter here."""
    chance, now = random.Random(1), datetime.now(UTC)
    rows = _votes(design, chance, now) | _reactions(chance, now)
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in (StudyListener, StudyQuestion, Piece, Message, Reaction):
            connection.execute(insert(table), rows[table])
    engine.dispose()


def _votes(design: Design, chance: random.Random, now: datetime) -> dict[type[Base], Rows]:
    listeners, questions = [], []
    for number in range(1, LISTENERS + 1):
        listeners.append({"id": number, "study_id": 1, "number": number, "user_id": 1000 + number})
        asked: list[Question] = []
        places = dict.fromkeys(Kind, 0)
        for turn in range(VOTES_EACH):
            kind = (Kind.LISTEN, Kind.DUEL, Kind.GUESS)[turn % 3]
            question = next_question(design, number, kind, asked)
            if question is None:
                continue
            asked.append(question)
            places[kind] += 1
            questions.append(
                {
                    "id": new_piece_id(),
                    "listener_id": number,
                    "kind": kind.value,
                    "place": places[kind],
                    "turn": len(asked),
                    "role": question.role.value,
                    "first_id": question.first,
                    "second_id": question.second,
                    "guild_id": GUILD,
                    "step": 1,
                    "steps": 1,
                    "shown_at": now - timedelta(seconds=60),
                    "answered_at": now,
                    "answer": chance.choice(ANSWERS[kind]).value,
                    "left_out": None,
                }
            )
    return {StudyListener: listeners, StudyQuestion: questions}


def _reactions(chance: random.Random, now: datetime) -> dict[type[Base], Rows]:
    """Pieces of which nothing but their style is read, each with the reactions of some listeners."""
    pieces, messages, reactions = [], [], []
    for number in range(1, PIECES + 1):
        name = new_piece_id()
        composed = {"number": number, "created_at": now, "style": chance.choice(STYLES), "result": {}}
        digests = {"checkpoint": "0" * 64, "sampler": "none", "midi_sha256": "0" * 64}
        pieces.append({"id": name, "midi": b"", "primer": None} | composed | digests)
        where = {"guild_id": GUILD, "channel_id": 1, "user_id": 1, "message_id": number}
        state = {"state": "delivered", "created_at": now, "changed_at": now, "task": None}
        defaults = {"reconciled_at": None, "last_turn": 0, "is_partly_erased": False}
        messages.append({"id": name, "kind": "compose", "piece_id": name} | where | state | defaults)
        for listener in chance.sample(range(LISTENERS), REACTIONS_EACH):
            set_ = {"turn": 1, "is_heard": True, "learned_at": now, "value": chance.randint(1, 5)}
            reactions.append({"request_id": name, "user_id": 1000 + listener} | set_)
    return {Piece: pieces, Message: messages, Reaction: reactions}


if __name__ == "__main__":
    main()
