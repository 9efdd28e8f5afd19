import threading
import time

from worker.turns import Turns


def queue_up(turns: Turns, due: float, done: list[float]) -> threading.Thread:
    """A thread that waits for a turn, and tells when it had it."""

    def take() -> None:
        with turns.turn(due):
            done.append(due)

    thread = threading.Thread(target=take)
    thread.start()
    time.sleep(0.02)  # until it waits
    return thread


def test_who_is_due_first_goes_first_and_equals_go_in_order() -> None:
    turns = Turns(1)
    done: list[float] = []
    with turns.turn(0.0):
        threads = [queue_up(turns, due, done) for due in (3.0, 1.0, 2.0, 1.0)]
        assert done == []
    for thread in threads:
        thread.join()
    assert done == [1.0, 1.0, 2.0, 3.0]


def test_as_many_go_at_once_as_may() -> None:
    turns = Turns(2)
    done: list[float] = []
    with turns.turn(0.0):
        queue_up(turns, 5.0, done).join()
        with turns.turn(0.0):
            third = queue_up(turns, 1.0, done)
            assert done == [5.0]
        third.join()
    assert done == [5.0, 1.0]


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(1)
    for _ in range(2):
        try:
            with turns.turn(0.0):
                raise KeyError
        except KeyError:
            pass


def test_who_takes_no_turns_gives_way_to_what_is_due_sooner() -> None:
    turns = Turns(2)
    with turns.turn(1.0), turns.turn(2.0):
        turns.give_way(2.0)  # one of the two is not sooner
        gives_way = threading.Thread(target=turns.give_way, args=(3.0,))
        gives_way.start()
        gives_way.join(0.05)
        assert gives_way.is_alive()
    gives_way.join(5)
    assert not gives_way.is_alive()


def test_it_gives_way_to_those_that_wait_for_a_turn_too() -> None:
    turns = Turns(1)
    done: list[float] = []
    with turns.turn(9.0):
        waiting = queue_up(turns, 1.0, done)
        gives_way = threading.Thread(target=turns.give_way, args=(5.0,))
        gives_way.start()
        gives_way.join(0.05)
        assert gives_way.is_alive()
    for thread in (waiting, gives_way):
        thread.join(5)
    assert done == [1.0]
