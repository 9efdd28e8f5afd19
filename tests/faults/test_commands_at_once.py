"""Commands at once, in whatever way: all get their pieces, and a short one does not wait for a long one."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

from tests.faults.books import assert_balanced
from tests.faults.processes import Surroundings, ended
from tests.faults.servers import guarded_valkey

SHORT, LONG = 10, 60
"""Seconds of music."""

Composing = subprocess.Popen[str]


def compose(surroundings: Surroundings, length: int, **settings: object) -> Composing:
    options = ("--length", length, "--seed", 7, "--out", f"out{length}", "--json")
    return surroundings.etude("compose", "--candidates", 1, *options, **settings)


def piece_of(command: Composing, folder: Path, length: int) -> dict[str, Any]:
    """What it tells of its piece, which is as it was asked for; nothing else was to be said."""
    outcome = ended(command)
    assert (outcome.code, outcome.err) == (0, "")
    piece: dict[str, Any] = json.loads(outcome.out)
    assert abs(piece["measured"]["seconds"] - length) <= 2
    assert piece["midi_sha256"] == hashlib.sha256((folder / piece["midi"]).read_bytes()).hexdigest()
    return piece


def assert_beside(short: dict[str, Any], long: dict[str, Any]) -> None:
    """The short piece was begun before the long one was done."""
    assert short["timings"]["queue"] < long["timings"]["total"] / 2


def test_on_one_data_folder_and_on_another(
    surroundings: Surroundings, make_surroundings: Callable[[], Surroundings]
) -> None:
    elsewhere = make_surroundings()
    long, short, other = (
        compose(surroundings, LONG),
        compose(surroundings, SHORT),
        compose(elsewhere, SHORT),
    )
    piece = piece_of(short, surroundings.folder, SHORT)
    assert piece["midi_sha256"] == piece_of(other, elsewhere.folder, SHORT)["midi_sha256"]
    assert_beside(piece, piece_of(long, surroundings.folder, LONG))
    elsewhere.close()


def test_against_one_server_with_a_password(
    surroundings: Surroundings, make_surroundings: Callable[[], Surroundings], tmp_path: Path
) -> None:
    elsewhere = make_surroundings()
    with guarded_valkey(tmp_path) as server:
        settings = {"REDIS_URL": server.url, "ETUDE_WORKER_WAIT_SECONDS": 60}
        worker = surroundings.start("-m", "worker", **settings)
        long, short = compose(surroundings, LONG, **settings), compose(elsewhere, SHORT, **settings)
        piece = piece_of(short, elsewhere.folder, SHORT)
        assert_beside(piece, piece_of(long, surroundings.folder, LONG))
        worker.terminate()
        assert ended(worker).code == 0
        with Redis.from_url(server.url) as redis:
            assert_balanced(redis)
    elsewhere.close()
