"""What stands in Redis: when the books balance, and whether a task was answered once."""

from collections.abc import Iterable

from redis import Redis

from jobs.answer import Canceled, Finished
from jobs.audio import AudioFormat
from jobs.progress import Progress
from jobs.request import new_piece_id
from jobs.street import ledger, names
from jobs.street.blobs import Kind
from jobs.street.front import Front
from jobs.task import ComposeTask
from tests.faults.processes import wait_until
from tests.jobs.pieces import REQUEST
from tests.street import keys_for_ever

Files = tuple[bytes, bytes, bytes]
"""MIDI, audio and picture."""


def task_for(address: str, seed: int = 7, length_seconds: float = 10) -> ComposeTask:
    """A task of its own; what comes of it depends on the rest alone."""
    recipe = {"seed": seed, "length_seconds": length_seconds, "audio_format": AudioFormat.WAV}
    request = REQUEST.model_copy(update={"id": new_piece_id(), **recipe})
    return ComposeTask(request=request, reply_to=address)


def made(front: Front, task: ComposeTask) -> Files:
    """The files of a task that will be finished; it is not settled yet."""
    answer = front.wait(task.id, ignore)
    assert isinstance(answer, Finished), answer
    midi, audio, picture = (front.file(task.id, kind) for kind in (Kind.MIDI, Kind.AUDIO, Kind.PICTURE))
    return midi, audio, picture


def ignore(_progress: Progress) -> None:
    """Hear of a progress and do nothing."""


def assert_answered_once(redis: Redis, tasks: Iterable[ComposeTask], address: str) -> None:
    """Every one of these tasks, all those of their address, has one answer and takes no other."""
    tasks = list(tasks)
    for task in tasks:
        assert not ledger.give_answer(redis, Canceled(id=task.id), address)
    stream = redis.xinfo_stream(names.answers(address))
    assert stream["entries-added"] == len(tasks)


def assert_forgotten(redis: Redis, task_ids: Iterable[str]) -> None:
    """No key tells of these tasks, as soon as the workers have tidied up."""
    for task_id in task_ids:
        wait_until(lambda task_id=task_id: not list(redis.scan_iter(f"*{task_id}*", count=1000)))


def assert_balanced(redis: Redis) -> None:
    """No task is open, and nothing stays for ever that is not listed."""
    assert ledger.open_tasks(redis) == []
    assert keys_for_ever(redis) == []
    assert redis.zcard("rq:failed:etude") == 0
    assert redis.zcard("rq:wip:etude") == 0
