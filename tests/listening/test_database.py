import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from listening.store.database import connect
from listening.store.errors import DatabaseError, StoreError
from listening.store.store import open_store


def sentence_of(url: str | None, data_dir: Path) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url, data_dir)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_without_a_url_the_database_is_a_file_in_the_data_folder(tmp_path: Path) -> None:
    data_dir = tmp_path / "a 100% new" / "folder"
    with open_store(None, data_dir) as store:
        assert store.next_number() == 1
    with open_store(f"sqlite:///{data_dir}/etude.db", tmp_path) as store:
        assert store.next_number() == 2
    assert [path.name for path in data_dir.iterdir()] == ["etude.db"]


def test_sqlite_is_set_up_to_keep_what_was_acknowledged(tmp_path: Path) -> None:
    open_store(None, tmp_path).close()
    engine = connect(None, tmp_path)
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000, "synchronous": 2}


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with (
        open_store(None, tmp_path) as store,
        closing(sqlite3.connect(tmp_path / "etude.db", isolation_level=None)) as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        assert store.count() == 0
        open_store(None, tmp_path).close()
        assert time.monotonic() - started < 5


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "ETUDE_DATA_DIR" in sentence_of(None, tmp_path / "file")
    assert "ETUDE_DATA_DIR" in sentence_of(None, tmp_path / "file" / "below")


def test_a_file_that_is_no_database_is_a_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "etude.db"
    path.write_bytes(b"a letter to Elise, " * 500)
    assert "damaged" in sentence_of(None, tmp_path)
    assert path.read_bytes() == b"a letter to Elise, " * 500


def test_a_damaged_database_is_a_sentence(tmp_path: Path) -> None:
    open_store(None, tmp_path).close()
    path = tmp_path / "etude.db"
    content = bytearray(path.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    path.write_bytes(content)
    assert "damaged" in sentence_of(None, tmp_path)


def test_a_folder_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "etude.db").mkdir()
    assert "unable to open" in sentence_of(None, tmp_path)


def test_a_database_that_fails_later_is_a_sentence_too(tmp_path: Path) -> None:
    with open_store(None, tmp_path) as store:
        store.close()
        for path in tmp_path.iterdir():
            path.write_bytes(b"overwritten " * 1000)
        with pytest.raises(DatabaseError, match="damaged"):
            store.next_number()


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://elise:geheim@localhost/etude", "postgresql://"),
        ("postgresql://elise:geheim@localhost:port/etude", "postgresql://"),
        ("elise:geheim", "postgresql://"),
        ("postgresql://elise:sehr@geheim@localhost/etude", "%40"),
        ("postgresql://elise:geheim@localhost/etude?colour=blue", "colour"),
        ("postgresql://elise:geheim@/etude?host=/nowhere", "No such file"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_sentence_without_its_password(
    tmp_path: Path, url: str, hint: str
) -> None:
    sentence = sentence_of(url, tmp_path)
    assert hint in sentence
    assert "geheim" not in sentence


def test_a_server_that_is_not_there_is_a_sentence_without_password(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = held.getsockname()[1]
        program = (
            "import sys; from pathlib import Path; from listening.store.store import open_store\n"
            "open_store(sys.argv[1], Path())"
        )
        url = f"postgresql://elise:geheim@127.0.0.1:{port}/etude"
        run = subprocess.run(
            [sys.executable, "-c", program, url], capture_output=True, text=True, check=False, timeout=60
        )
        sentence = sentence_of(url, tmp_path)
    assert "refused" in sentence
    assert f"127.0.0.1:{port}" in sentence
    assert sentence in run.stderr
    assert "geheim" not in sentence + run.stderr  # nor in a whole traceback


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        url = f"postgresql://elise@127.0.0.1:{port}/etude?connect_timeout=2"
        started = time.monotonic()
        assert "timeout" in sentence_of(url, tmp_path)
    assert time.monotonic() - started < 10


def test_a_database_that_the_server_lacks_is_a_sentence(postgresql: str, tmp_path: Path) -> None:
    assert 'database "absent" does not exist' in sentence_of(
        postgresql.replace("/postgres?", "/absent?"), tmp_path
    )


def test_another_driver_in_the_url_is_replaced_by_ours(new_postgresql: str, tmp_path: Path) -> None:
    with open_store(new_postgresql.replace("postgresql://", "postgresql+asyncpg://"), tmp_path) as store:
        assert store.next_number() == 1
    with open_store(f"sqlite+aiosqlite:///{tmp_path}/etude.db", tmp_path) as store:
        assert store.next_number() == 1


def test_the_store_loads_no_arrays() -> None:
    program = "import sys, listening.store.store; print('numpy' in sys.modules, 'psycopg' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
