"""Every name of ours in Redis, and how long what it names is kept (`docs/street.md` tells of them)."""

QUEUE = "etude"
"""RQ's queue: one for all workers, as RQ recovers a job that was lost between queue and worker only then."""

LEDGER = "etude:ledger"
"""Sorted set of the tasks that owe an answer, by the server's time of their acceptance."""

WORKERS = "etude:workers"
"""Sorted set of what workers offer, by the server's time until which they count as alive."""

CANCELS = "etude:cancels"
"""Channel of the ids of canceled tasks."""

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

TASK_SECONDS = DAY  # a task that no worker took up by then is forgotten
ANSWER_SECONDS = DAY
STREAM_SECONDS = 30 * DAY
BLOB_SECONDS = DAY  # as long as the answer that speaks of them
CANCEL_SECONDS = HOUR
WAITING_SECONDS = 10
INTERACTION_SECONDS = 15 * MINUTE  # for so long Discord takes the token of an interaction
KNOWN_SECONDS = 30 * DAY  # how long fronts remember what workers offered
FINGERPRINT_SECONDS = 30 * DAY  # after the last piece; the memory itself has them for good


def task(task_id: str) -> str:
    """The JSON of an accepted task."""
    return f"etude:task:{task_id}"


def answer(task_id: str) -> str:
    """Hash of a task's answer (JSON) and its entry in the stream."""
    return f"etude:answer:{task_id}"


def answers(address: str) -> str:
    """Stream of the answers for one address."""
    return f"etude:answers:{address}"


def canceled(task_id: str) -> str:
    """Says that a task was canceled."""
    return f"etude:canceled:{task_id}"


def waiting(task_id: str) -> str:
    """Says that a process is about to listen for the answer, or is keeping it just now."""
    return f"etude:waiting:{task_id}"


def interaction(task_id: str) -> str:
    """How to edit the message of a request made in chat, a secret."""
    return f"etude:interaction:{task_id}"


def fence(task_id: str) -> str:
    """Says that the delivery of a task has begun, and no progress may be shown over it."""
    return f"etude:fence:{task_id}"


def blob(task_id: str, kind: str) -> str:
    """A file of a task."""
    return f"etude:blob:{task_id}:{kind}"


def fingerprints(memory: str) -> str:
    """Hash of the fingerprints of a memory's latest pieces, by id."""
    return f"etude:fingerprints:{memory}"


def fingerprint_times(memory: str) -> str:
    """Sorted set of these pieces, by the time at which they were made."""
    return f"etude:fingerprints:{memory}:times"


def progress(task_id: str) -> str:
    """Channel of a task's progress."""
    return f"etude:progress:{task_id}"
