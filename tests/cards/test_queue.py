from hypothesis import given
from hypothesis import strategies as st

from cards.message import Message
from cards.queue import Entry, Load, queue
from jobs.progress import Progress, Stage
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, locales, progresses, tasks
from tests.jobs.pieces import compose_task

LOAD = Load(waiting=4, working=1, workers=2)
TASK = compose_task("abcdefghjk")

entries = st.builds(
    Entry,
    task=tasks(),
    tasks_before=st.none() | st.integers(0, 10**12),
    estimate_seconds=st.none() | st.floats(0, 1e300),
    progress=st.none() | progresses,
    user_id=st.none() | st.integers(0, 2**64 - 1),
)


def told(message: Message) -> dict[str, str]:
    assert message.embed is not None
    return {field.name: field.value for field in message.embed.fields}


def test_ones_own_requests_stand_before_those_of_others() -> None:
    own = [
        Entry(TASK, progress=Progress(stage=Stage.SAMPLE, share=0.58)),
        Entry(TASK, tasks_before=1, estimate_seconds=62, user_id=7),
    ]
    others = [Entry(TASK, tasks_before=0, user_id=42), Entry(TASK)]
    message = queue(own, others, LOAD, "en")
    own_lines, other_lines = (value.splitlines() for value in told(message).values())
    title = own_lines[0].split(" · ")[1]
    assert own_lines == [
        f"**Composing 58%** · {title} · `abcdefghjk`",
        f"**2nd** · {title} · about 65 s · `abcdefghjk`",
    ]
    assert other_lines == [f"**1st** · {title} · <@42>", f"**Under way** · {title}"]
    assert message.embed is not None
    assert message.embed.footer == "Waiting in all: 4 · being made: 1 · workers: 2"


def test_the_queue_is_told_in_the_language_of_its_reader() -> None:
    own = told(queue([Entry(TASK, tasks_before=2)], [], LOAD, "de"))["Deine"]
    assert own.startswith("**3.** · ")
    assert ", Nr. 1 · " in own


def test_an_empty_queue_says_so() -> None:
    message = queue([], [], Load(0, 0, 0), "en")
    assert message.embed is not None
    assert message.embed.description == "Nothing is waiting."


def test_of_a_long_queue_the_first_are_shown_and_the_others_counted() -> None:
    lines = told(queue([], [Entry(TASK, tasks_before=place) for place in range(20)], LOAD, "en"))[
        "Others here"
    ]
    assert lines.splitlines()[-1] == "… and 12 more"
    assert len(lines.splitlines()) == 9


lists = st.lists(entries, max_size=3).map(lambda few: few * 4)


@FEW
@given(lists, lists, locales)
def test_whatever_waits_can_be_sent(own: list[Entry], others: list[Entry], locale: str) -> None:
    assert_sendable(queue(own, others, LOAD, locale).to_payload())
