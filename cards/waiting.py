"""A request's message until its piece is there: queued, being made, or come to nothing."""

import math

from cards.buttons import Row, cancel_row
from cards.catalogue import text
from cards.figures import duration, number, ordinal, percent, seconds
from cards.foreign import escaped, plain
from cards.message import Embed, Message
from cards.styles import FAILURE_COLOUR, QUIET_COLOUR, style_colour, style_name
from cards.titles import title_of
from jobs.progress import Progress, Stage
from jobs.request import GenerationRequest
from jobs.task import ComposeTask, Task

BAR_CELLS = 5
SENTENCE_CHARACTERS = 1_000
_ESTIMATE_STEP_SECONDS = 5


def waiting(task: Task, tasks_before: int | None = None, estimate_seconds: float | None = None) -> Message:
    """Returns the message of a task that nobody has begun: "Queued, 3rd".

    Args:
        task: what waits.
        tasks_before: how many are before it, if that is known.
        estimate_seconds: how long it may take until the piece is there, if anybody can tell.
    """
    locale = request_of(task).locale
    lines = [f"**{place(tasks_before, locale)}**"]
    if estimate_seconds is not None:
        lines.append(text("waiting.estimate", locale, duration=estimate(estimate_seconds, locale)))
    return _card(task, "\n".join(lines), cancel_row(task.id, locale))


def working(task: Task, progress: Progress) -> Message:
    """Returns the message of a task that a worker has: "Composing ▰▰▰▱▱ 58%".

    It can be withdrawn until its delivery begins.
    """
    locale = request_of(task).locale
    status = stage_name(progress.stage, locale)
    line = f"**{status}**"
    if progress.stage is Stage.SAMPLE:
        bar, share = _bar(progress.share), percent(progress.share, locale)
        line = text("working.share", locale, stage=line, bar=bar, percent=share)
    is_late = progress.stage is Stage.DELIVER
    return _card(task, line, () if is_late else cancel_row(task.id, locale))


def failed(sentence: str) -> Message:
    """Returns the message of a request that came to nothing; the sentence says what to do."""
    return Message(embed=Embed(description=escaped(sentence, SENTENCE_CHARACTERS), colour=FAILURE_COLOUR))


def canceled(locale: str) -> Message:
    """Returns the message of a request that was withdrawn."""
    return Message(embed=Embed(description=text("canceled", locale), colour=QUIET_COLOUR))


def request_of(task: Task) -> GenerationRequest:
    """Returns what was asked for, now or when the piece was first made."""
    return task.request if isinstance(task, ComposeTask) else task.piece.request


def place(tasks_before: int | None, locale: str) -> str:
    """Returns a task's place in the queue: "Queued, 3rd" where two are before it."""
    if tasks_before is None:
        return text("waiting", locale)
    return text("waiting.place", locale, place=ordinal(tasks_before + 1, locale))


def estimate(length_seconds: float, locale: str) -> str:
    """Returns a length of time that nobody knows to the second."""
    return duration(
        max(1, math.ceil(length_seconds / _ESTIMATE_STEP_SECONDS)) * _ESTIMATE_STEP_SECONDS, locale
    )


def stage_name(stage: Stage, locale: str) -> str:
    """Returns what a stage is called: "Composing"."""
    return text(f"stage.{stage.value}", locale)


def _card(task: Task, description: str, row: Row) -> Message:
    """A card that looks like the finished piece's, and says below what was asked for."""
    request = request_of(task)
    embed = Embed(
        title=title_of(request),
        description=description,
        colour=style_colour(request.style),
        footer=_summary(request),
    )
    return Message(embed=embed, rows=(row,) if row else ())


def _summary(request: GenerationRequest) -> str:
    locale = request.locale
    parts = [plain(style_name(request.style, locale))] if request.style else []
    parts.append(seconds(request.length_seconds, locale))
    if request.density is not None:
        density = number(request.density, locale, decimals=1)
        parts.append(text("summary.density", locale, number=density))
    if request.primer_sha256 is not None:
        parts.append(text("summary.primer", locale))
    return " · ".join(parts)


def _bar(share: float) -> str:
    cells = round(share * BAR_CELLS)
    return "▰" * cells + "▱" * (BAR_CELLS - cells)
