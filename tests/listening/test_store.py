import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from jobs.result import GenerationResult
from listening.store.errors import PieceError, RevisionError
from listening.store.message import State, StoredMessage
from listening.store.store import Store, StoredPiece, open_store

Compose = Callable[..., GenerationResult]
Ask = Callable[..., StoredMessage]
MIDI = b"MThd\x00\xff"


def test_a_piece_comes_back_as_it_was_stored(store: Store, compose: Compose) -> None:
    midi, primer = os.urandom(100_000), os.urandom(1_000)
    result = compose(midi, primer_sha256=hashlib.sha256(primer).hexdigest(), primer_echo=True)
    before = datetime.now(UTC)
    store.add_piece(result, midi, primer)
    stored = store.piece(result.id)
    assert stored is not None
    assert stored == StoredPiece(result, stored.created_at, midi, primer)
    assert stored.created_at.utcoffset() == timedelta(0)
    assert before <= stored.created_at <= datetime.now(UTC)


def test_the_same_piece_again_changes_nothing(store: Store, compose: Compose) -> None:
    result = compose(MIDI)
    store.add_piece(result, MIDI, None)
    first = store.piece(result.id)
    store.add_piece(result.model_copy(update={"soundfont": "other.sf2"}), MIDI, None)
    assert store.piece(result.id) == first
    assert store.count() == 1


def test_another_piece_takes_neither_id_nor_number(store: Store, compose: Compose) -> None:
    result = compose(MIDI)
    store.add_piece(result, MIDI, None)
    with pytest.raises(PieceError, match="under a new id"):
        store.add_piece(compose(b"other", id=result.id), b"other", None)
    with pytest.raises(PieceError, match=rf"No\. {result.request.number} is another piece"):
        store.add_piece(compose(MIDI, number=result.request.number), MIDI, None)
    assert [piece.midi for piece in store.latest(5)] == [MIDI]


def test_files_that_are_not_those_of_the_result_are_refused(store: Store, compose: Compose) -> None:
    with pytest.raises(PieceError, match="MIDI file"):
        store.add_piece(compose(MIDI), MIDI + b"\0", None)
    with pytest.raises(PieceError, match="primer"):
        store.add_piece(compose(MIDI, primer_sha256="0" * 64), MIDI, None)
    with pytest.raises(PieceError, match="primer"):
        store.add_piece(compose(MIDI), MIDI, b"primer")
    assert store.count() == 0


def test_latest_pieces_come_first(store: Store, compose: Compose) -> None:
    for number in (2, 10, 9):
        store.add_piece(compose(MIDI, number=number), MIDI, None)
    assert [piece.result.request.number for piece in store.latest(2)] == [10, 9]
    assert len(store.latest(100)) == store.count() == 3
    assert store.latest(0) == []


def test_a_deleted_piece_is_gone_and_its_number_stays_used(store: Store, compose: Compose) -> None:
    number = store.next_number()
    result = compose(MIDI, number=number)
    store.add_piece(result, MIDI, None)
    assert store.delete_piece(result.id)
    assert not store.delete_piece(result.id)
    assert store.piece(result.id) is None
    assert store.next_number() == number + 1


def test_with_a_piece_go_its_messages_and_what_stands_under_them(
    store: Store, compose: Compose, ask: Ask
) -> None:
    composed = ask(State.DELIVERED)
    assert composed.payload is not None
    result = compose(MIDI, **composed.payload["request"])
    shown, waiting = (ask(state, again=result) for state in (State.DELIVERED, State.WAITING))
    other = ask(State.DELIVERED)
    store.add_piece(result, MIDI, None)
    for message in (composed, shown, other):
        assert message.message_id is not None
        assert store.ratings.add(message.message_id, 1, 4)
    assert store.delete_piece(result.id)
    for before in (composed, shown, waiting):
        after = store.messages.get(before.id)
        assert after is not None
        assert (after.state, after.user_id, after.payload) == (State.DELETED, None, None)
        assert (after.channel_id, after.message_id) == (before.channel_id, before.message_id)
        assert not store.messages.close(before.id, State.DELIVERED)
    assert store.ratings.of_piece(result.id) == []
    assert [reaction["id"] for reaction in store.people.data_of(1)["reactions"]] == [other.id]


def test_a_deleted_piece_does_not_come_back_with_a_repeated_final_event(
    store: Store, compose: Compose, ask: Ask
) -> None:
    composed = ask(State.WAITING)
    assert composed.payload is not None
    result = compose(MIDI, **composed.payload["request"])
    assert store.add_piece(result, MIDI, None)
    assert store.add_piece(result, MIDI, None)
    assert store.delete_piece(result.id)
    assert not store.add_piece(result, MIDI, None)
    assert store.piece(result.id) is None


def test_without_a_piece_there_is_nothing_to_delete(store: Store, ask: Ask) -> None:
    waiting = ask(State.WAITING)
    assert not store.delete_piece(waiting.id)
    assert store.messages.get(waiting.id) == waiting


def test_what_people_type_as_an_id_finds_nothing(store: Store, compose: Compose) -> None:
    store.add_piece(compose(MIDI), MIDI, None)
    for typed in ("", "'; DROP TABLE pieces; --", "a\0b", "\udcff", "%", "é" * 500, "ABCDEFGHJK"):
        assert store.piece(typed) is None
        assert not store.delete_piece(typed)
    assert store.count() == 1


def test_any_text_comes_back_unchanged(store: Store, compose: Compose) -> None:
    styles = ["'; DROP TABLE pieces; --", "%s :x {y} \\", "\u202e🎹\n\t", "x" * 10_000, "", None]
    results = [compose(MIDI, style=style) for style in styles]
    for result in results:
        store.add_piece(result, MIDI, None)
    assert [piece.result for piece in reversed(store.latest(10))] == results


def test_a_result_of_another_version_is_told_from_damage(
    store: Store, compose: Compose, database_url: str
) -> None:
    result = compose(MIDI)
    store.add_piece(result, MIDI, None)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE pieces SET result = '{\"version\": 2}'"))
    engine.dispose()
    with pytest.raises(RevisionError, match="update Etude"):
        store.piece(result.id)


def test_threads_share_a_store(store: Store, compose: Compose) -> None:
    twice = compose(MIDI, number=1000)

    def put(number: int) -> None:
        for result in (compose(MIDI, number=number), twice):
            store.add_piece(result, MIDI, None)
            assert store.piece(result.id) is not None

    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: store.next_number(), range(40)))
        list(threads.map(put, numbers))
    assert sorted(numbers) == list(range(1, 41))
    assert store.count() == 41


def test_numbers_go_on_after_those_of_a_lost_database(store: Store, compose: Compose) -> None:
    assert [store.next_number() for _ in range(3)] == [1, 2, 3]
    store.add_piece(compose(MIDI, number=7), MIDI, None)
    store.add_piece(compose(MIDI, number=5), MIDI, None)
    assert store.next_number() == 8


def test_a_memory_has_a_name_of_its_own(store: Store, database_url: str, tmp_path: Path) -> None:
    with open_store(database_url, tmp_path) as again, open_store(None, tmp_path / "other") as other:
        assert again.name() == store.name() != other.name()
        assert re.fullmatch("[0-9a-f]{16}", store.name())


NUMBERS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from listening.store.store import open_store
with open_store(sys.argv[1], Path(sys.argv[2])) as store, ThreadPoolExecutor(4) as threads:
    print(*threads.map(lambda _: store.next_number(), range(30)))
"""


def test_processes_that_open_a_new_database_at_once_get_different_numbers(
    database_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "-c", NUMBERS, database_url, str(tmp_path)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [stderr for _, stderr in outputs] == [""] * 2
    numbers = [int(number) for stdout, _ in outputs for number in stdout.split()]
    assert sorted(numbers) == list(range(1, 61))


WRITER = """
import hashlib, os, sys
from pathlib import Path
from jobs.request import new_piece_id
from jobs.result import GenerationResult
from listening.store.store import open_store
result = GenerationResult.model_validate_json(sys.argv[3])
with open_store(sys.argv[1], Path(sys.argv[2])) as store:
    while True:
        midi = os.urandom(50_000)
        request = result.request.model_copy(update={"id": new_piece_id(), "number": store.next_number()})
        update = {"request": request, "midi_sha256": hashlib.sha256(midi).hexdigest()}
        store.add_piece(result.model_copy(update=update), midi, None)
        print(request.id, flush=True)
"""


def test_a_writer_that_is_killed_loses_no_piece(database_url: str, tmp_path: Path, compose: Compose) -> None:
    command = [sys.executable, "-c", WRITER, database_url, str(tmp_path), compose(MIDI).model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        ids = [line.strip() for line in islice(writer.stdout, 10)]
        writer.send_signal(signal.SIGKILL)
        ids += [line.strip() for line in writer.stdout]
    with open_store(database_url, tmp_path) as store:
        pieces = [store.piece(piece_id) for piece_id in ids]
        assert all(
            piece and hashlib.sha256(piece.midi).hexdigest() == piece.result.midi_sha256 for piece in pieces
        )
        assert store.count() - len(ids) in (0, 1)
        assert store.next_number() > store.count()
    if database_url.startswith("sqlite"):
        engine = create_engine(database_url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        engine.dispose()
