import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.message import Message
from cards.waiting import canceled, failed, waiting, working
from jobs.progress import Progress, Stage
from jobs.task import Task
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, progresses, tasks, texts
from tests.jobs.pieces import compose_task, render_task

TASK = compose_task("abcdefghjk")
IN_GERMAN = TASK.model_copy(
    update={"request": TASK.request.model_copy(update={"locale": "de", "key": "B minor"})}
)


def description(message: Message) -> str:
    assert message.embed is not None
    return message.embed.description


def clicks(message: Message) -> list[str]:
    return [button.custom_id for row in message.rows for button in row]


def test_a_place_in_the_queue_and_an_estimate_are_two_things() -> None:
    assert description(waiting(TASK)) == "**Queued**"
    assert description(waiting(TASK, tasks_before=2)) == "**Queued, 3rd**"
    assert description(waiting(TASK, 0, estimate_seconds=36.2)) == "**Queued, 1st**\nEstimated wait: 40 s"
    assert description(waiting(TASK, 0, estimate_seconds=0)) == "**Queued, 1st**\nEstimated wait: 5 s"
    assert description(waiting(TASK, 30, 300)) == "**Queued, 31st**\nEstimated wait: 5 min"


def test_who_waits_sees_what_was_asked_for() -> None:
    embed = waiting(TASK).embed
    assert embed is not None
    assert embed.title.endswith(", No. 1")
    assert embed.footer == "baroque · 10 s"


def test_a_request_is_spoken_of_in_its_language() -> None:
    message = waiting(IN_GERMAN, 2, 120)
    assert description(message) == ("**In der Warteschlange an 3. Stelle**\nGeschätzte Wartezeit: 2 min")
    assert message.embed is not None
    assert message.embed.title.endswith(" in h-Moll, Nr. 1")
    assert message.embed.footer == "Barock · 10 s"


@pytest.mark.parametrize(
    ("stage", "share", "said"),
    [
        (Stage.SAMPLE, 0.58, "**Composing** ▰▰▰▱▱ 58%"),
        (Stage.SAMPLE, 0, "**Composing** ▱▱▱▱▱ 0%"),
        (Stage.SAMPLE, 1, "**Composing** ▰▰▰▰▰ 100%"),
        (Stage.RENDER, 0.4, "**Rendering**"),
        (Stage.DELIVER, 0, "**Delivering**"),
    ],
)
def test_progress_is_told_by_stage_and_share(stage: Stage, share: float, said: str) -> None:
    assert description(working(TASK, Progress(stage=stage, share=share))) == said


def test_a_request_can_be_withdrawn_until_its_delivery_begins() -> None:
    cancel = ["etude:cancel:abcdefghjk"]
    assert clicks(waiting(TASK)) == cancel
    for stage in Stage:
        message = working(TASK, Progress(stage=stage, share=0))
        assert clicks(message) == ([] if stage is Stage.DELIVER else cancel)
    assert clicks(waiting(render_task("zzzzzzzzzz"))) == ["etude:cancel:zzzzzzzzzz"]


def test_what_came_to_nothing_says_so_and_keeps_no_button() -> None:
    message = failed('Style "a_b" is not known: choose one of pop, rag.')
    assert description(message) == r'Style "a\_b" is not known: choose one of pop, rag.'
    assert description(canceled("de")) == "Abgebrochen."
    assert clicks(message) == clicks(canceled("en")) == []


@FEW
@given(
    tasks(),
    st.none() | st.integers(0, 10**12),
    st.none() | st.floats(0, 1e300),
    progresses,
    texts.filter(str.strip),
)
def test_whatever_was_asked_for_can_be_sent(
    task: Task, tasks_before: int | None, estimate: float | None, progress: Progress, sentence: str
) -> None:
    for message in (waiting(task, tasks_before, estimate), working(task, progress), failed(sentence)):
        assert_sendable(message.to_payload())
