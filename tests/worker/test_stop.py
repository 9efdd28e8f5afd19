import time

import pytest

from worker.errors import CanceledError, DeadlineError, InterruptError, StoppedError
from worker.stop import Stop


def why(stop: Stop) -> type[StoppedError]:
    with pytest.raises(StoppedError) as stopped:
        stop.check()
    return stopped.type


def test_without_a_reason_a_piece_goes_on() -> None:
    for stop in (Stop(), Stop(60), Stop(deadline_seconds=None)):
        for _ in range(3):
            stop.check()


def test_a_deadline_counts_from_the_beginning() -> None:
    stop = Stop(0.2)
    stop.check()
    time.sleep(0.21)
    with pytest.raises(DeadlineError, match=r"within 0\.2 seconds; ask for a shorter one\."):
        stop.check()
    assert why(stop) is DeadlineError  # and stays passed


def test_what_the_person_wants_counts_most_and_what_can_be_mended_elsewhere_next() -> None:
    stop = Stop(0.0)
    time.sleep(0.01)
    assert why(stop) is DeadlineError
    stop.interrupt()
    assert why(stop) is InterruptError
    stop.cancel()
    assert why(stop) is CanceledError
    stop.interrupt()
    assert why(stop) is CanceledError


def test_the_limit_is_told_in_seconds() -> None:
    assert str(DeadlineError(600.0)) == "The piece was not done within 600 seconds; ask for a shorter one."
