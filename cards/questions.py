"""What listeners are asked in a study, and what they are told once they have voted; only they see it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cards.buttons import Button, ButtonStyle, Row
from cards.catalogue import text
from cards.figures import duration, number
from cards.foreign import escaped
from cards.message import Attachment, Embed, Message
from cards.styles import ANY_STYLE_COLOUR
from jobs.request import ID_ALPHABET

ANSWERS = MappingProxyType(
    {
        "duel": ("first", "second", "tie", "both_bad"),
        "guess": ("human", "machine"),
        "listen": ("1", "2", "3", "4", "5"),
    }
)
"""What can be answered to each kind of question, in the order of the buttons."""

VOTE_ID = re.compile(
    rf"vote:(?P<answer>{'|'.join(one for each in ANSWERS.values() for one in each)})"
    rf":(?P<id>[{ID_ALPHABET}]{{12}})"
)
"""Every `custom_id` of an answer: it outlives the process that set it."""

ANOTHER_ID = re.compile(r"ask:(?P<kind>duel|guess)")
"""Every `custom_id` of a button that asks for another question."""

_TITLE_CHARACTERS = 120
_CREDIT_CHARACTERS = 240


@dataclass(frozen=True)
class Heard:
    """What was played, told after the vote.

    Attributes:
        title: of the piece.
        condition: what it stands for in the study.
        origin: `machine`, `baseline`, `human` or `shuffled`.
        attribution, licence: whose it is, and on what terms; None where nothing has to be said.
        piece_id: by which `/show` finds it; None where it is no piece of Etude's.
    """

    title: str
    condition: str
    origin: str
    attribution: str | None = None
    licence: str | None = None
    piece_id: str | None = None


def vote_id(answer: str, question_id: str) -> str:
    """Returns the `custom_id` of the button that gives an answer."""
    return f"vote:{answer}:{question_id}"


def another_id(kind: str) -> str:
    """Returns the `custom_id` of the button that asks for another question of a kind."""
    return f"ask:{kind}"


def excerpt_names(kind: str, suffix: str) -> tuple[str, ...]:
    """Returns the names of the files that a question plays, which tell nothing of them."""
    return (f"A{suffix}", f"B{suffix}") if kind == "duel" else (f"excerpt{suffix}",)


def question(
    kind: str,
    question_id: str,
    lengths: Sequence[float],
    suffix: str,
    locale: str,
    *,
    step: int = 1,
    steps: int = 1,
    note: str = "",
) -> Message:
    """Returns a question with the files to listen to and the buttons to answer with.

    Args:
        kind: `duel`, `guess` or `listen`.
        question_id: what the buttons carry beside their answer.
        lengths: of the excerpts, in seconds.
        suffix: of their files, such as ".mp3".
        locale: of the listener.
        step: the place of the question in the set that was begun.
        steps: the size of that set.
        note: said before, such as what became of the answer before it.
    """
    lines = [note] if note else []
    if steps > 1:
        progress = text("listening.step", locale, step=number(step, locale), steps=number(steps, locale))
        lines.append(f"**{progress}** {_bar(step - 1, steps)}")
    lines.append(text(f"listening.{kind}.question", locale))
    lines.append(text("listening.patience", locale, duration=duration(sum(lengths) / 2, locale)))
    names = excerpt_names(kind, suffix)
    files = tuple(
        Attachment(
            name,
            text(
                "listening.alt.pair" if len(names) > 1 else "listening.alt",
                locale,
                name=name.removesuffix(suffix),
                duration=duration(length, locale),
            ),
        )
        for name, length in zip(names, lengths, strict=True)
    )
    return Message(content="\n".join(lines), rows=(_answers(kind, question_id, locale),), attachments=files)


def revealed(
    kind: str,
    answer: str,
    heard: Sequence[Heard],
    locale: str,
    *,
    note: str = "",
    is_correct: bool | None = None,
    score: tuple[int, int] | None = None,
) -> Message:
    """Returns what was heard, told to whoever voted on it.

    Args:
        kind: `duel` or `guess`.
        answer: the one that stands.
        heard: what was played, of a pair A first.
        locale: of the listener.
        note: why the vote does not count, if it does not.
        is_correct: whether a guess was right.
        score: of the listener's guesses, how many were right, and how many there are.
    """
    lines = [note] if note else []
    lines.append(text("listening.voted", locale, answer=answer_name(answer, locale)))
    if is_correct is not None:
        lines.append(text("listening.right" if is_correct else "listening.wrong", locale))
    named = zip(("A", "B"), heard, strict=False) if len(heard) > 1 else (("", one) for one in heard)
    lines += [f"**{name}**: {told(one, locale)}" if name else told(one, locale) for name, one in named]
    if score is not None:
        right, guesses = (number(one, locale) for one in score)
        lines.append(text("listening.score", locale, right=right, guesses=guesses))
    another = Button(text(f"listening.{kind}.another", locale), another_id(kind))
    return Message(content="\n".join(lines), rows=((another,),))


def summary(rated: Sequence[tuple[str, Heard]], counted: int, locale: str, *, note: str = "") -> Message:
    """Returns what a listener rated in a set, once it is done.

    Args:
        rated: each rating with what was heard.
        counted: how many of them count.
        locale: of the listener.
        note: said before the list.
    """
    lines = [note] if note else []
    mean = sum(float(value) for value, _ in rated) / len(rated)
    done = {"count": number(len(rated), locale), "mean": number(mean, locale, 1)}
    lines.append(text("listening.done", locale, **done, counted=number(counted, locale)))
    lines += [f"**{value}** · {told(one, locale)}" for value, one in rated]
    embed = Embed(
        title=text("listening.summary", locale), description="\n".join(lines), colour=ANY_STYLE_COLOUR
    )
    return Message(embed=embed)


def told(heard: Heard, locale: str) -> str:
    """Returns what was heard, with its credit, in one line of markdown."""
    origin = text(f"listening.origin.{heard.origin}", locale)
    title, condition = escaped(heard.title, _TITLE_CHARACTERS), escaped(heard.condition)
    line = text("listening.heard", locale, title=title, origin=origin, condition=condition)
    if heard.piece_id is not None:
        line += f" · `{escaped(heard.piece_id)}`"
    credit = [escaped(one, _CREDIT_CHARACTERS) for one in (heard.attribution, heard.licence) if one]
    return f"{line} ({', '.join(credit)})" if credit else line


def ballot_note(ballot: str, needed_seconds: float, locale: str) -> str:
    """Returns what is said of a vote that was not simply counted; nothing of one that was.

    Args:
        ballot: `counted`, `too_early`, `own`, `deleted`, `already`, `closed` or `unknown`.
        needed_seconds: for how long to listen before a vote counts.
        locale: of the listener.
    """
    if ballot == "counted":
        return ""
    return text(f"listening.ballot.{ballot}", locale, duration=duration(needed_seconds, locale))


def answer_name(answer: str, locale: str) -> str:
    """Returns what stands on the button of an answer."""
    return answer if answer.isdigit() else text(f"listening.answer.{answer}", locale)


def _answers(kind: str, question_id: str, locale: str) -> Row:
    return tuple(
        Button(answer_name(answer, locale), vote_id(answer, question_id), ButtonStyle.PRIMARY)
        if answer not in ("tie", "both_bad")
        else Button(answer_name(answer, locale), vote_id(answer, question_id))
        for answer in ANSWERS[kind]
    )


def _bar(done: int, steps: int) -> str:
    return "▰" * done + "▱" * (steps - done)
