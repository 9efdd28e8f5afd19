"""What `/queue` shows: one's own requests and those of others, in the order in which they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from cards.catalogue import text
from cards.figures import number, ordinal, percent
from cards.message import Embed, Field, Message
from cards.styles import ANY_STYLE_COLOUR
from cards.titles import title_of
from cards.waiting import estimate, request_of, stage_name
from jobs.progress import Progress, Stage
from jobs.task import Task

MAX_LINES = 8


@dataclass(frozen=True)
class Entry:
    """A request in the queue.

    Attributes:
        task: what was asked for.
        tasks_before: how many are before it; None where it is begun or held back.
        estimate_seconds: how long it may take until the piece is there, if anybody can tell.
        progress: how far it is; None where it waits, or where that is not known.
        user_id: Discord's id of whoever asked, told of the requests of others; None where it is not to be.
    """

    task: Task
    tasks_before: int | None = None
    estimate_seconds: float | None = None
    progress: Progress | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class Load:
    """How busy all of Etude is, whoever asked."""

    waiting: int
    working: int
    workers: int


def queue(own: Sequence[Entry], others: Sequence[Entry], load: Load, locale: str) -> Message:
    """Returns the queue as one person may see it.

    Args:
        own: that person's requests; with their ids, by which they can be withdrawn.
        others: those of others in the same server.
        load: of all servers together.
        locale: of the person.
    """
    ids = [f"`{entry.task.id}`" for entry in own]
    askers = [f"<@{entry.user_id}>" if entry.user_id else "" for entry in others]
    lists = {"own": _list(own, ids, locale), "others": _list(others, askers, locale)}
    fields = [Field(text(f"queue.{name}", locale), lines) for name, lines in lists.items() if lines]
    embed = Embed(
        title=text("queue.title", locale),
        description="" if fields else text("queue.empty", locale),
        colour=ANY_STYLE_COLOUR,
        fields=tuple(fields),
        footer=text(
            "queue.footer",
            locale,
            waiting=number(load.waiting, locale),
            working=number(load.working, locale),
            workers=number(load.workers, locale),
        ),
    )
    return Message(embed=embed)


def _list(entries: Sequence[Entry], ends: Sequence[str], locale: str) -> str:
    """A line for each of the first entries, with what ends it."""
    shown = list(zip(entries, ends, strict=True))[:MAX_LINES]
    lines = [" · ".join(filter(None, (_line(entry, locale), end))) for entry, end in shown]
    if len(entries) > MAX_LINES:
        lines.append(text("queue.more", locale, count=number(len(entries) - MAX_LINES, locale)))
    return "\n".join(lines)


def _line(entry: Entry, locale: str) -> str:
    title = title_of(request_of(entry.task), locale)
    if entry.progress is not None:
        line = text("queue.working", locale, stage=_status(entry.progress, locale), title=title)
    elif entry.tasks_before is not None:
        line = text("queue.waiting", locale, place=ordinal(entry.tasks_before + 1, locale), title=title)
    else:
        line = text("queue.unplaced", locale, title=title)
    if entry.estimate_seconds is None:
        return line
    return text("queue.estimate", locale, line=line, duration=estimate(entry.estimate_seconds, locale))


def _status(progress: Progress, locale: str) -> str:
    stage = stage_name(progress.stage, locale)
    return f"{stage} {percent(progress.share, locale)}" if progress.stage is Stage.SAMPLE else stage
