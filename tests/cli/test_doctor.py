import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cli.errors import INSTALL_WORKER
from jobs.capabilities import Capabilities, Sampler
from jobs.street.presence import Offer, announce
from model.checkpoint import WEIGHTS_FILE, Checkpoint

Etude = Callable[..., Any]

SUBJECTS = ("soundfont", "FluidSynth", "checkpoint", "data folder", "database", "street", "Discord", "GPU")


def rows(outcome: Any) -> dict[str, tuple[str, str]]:
    """By subject: the mark, and what is told."""
    found = {}
    for line in outcome.out.splitlines():
        mark, rest = line.split(maxsplit=1)
        subject = next(subject for subject in SUBJECTS if rest.startswith(subject))
        found[subject] = (mark, rest.removeprefix(subject).strip())
    return found


def test_all_is_well(etude: Etude, checkpoint: Checkpoint, data_folder: Path) -> None:
    outcome = etude("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    found = rows(outcome)
    assert [mark for mark, _ in found.values()][:6] == ["ok"] * 6
    assert found["soundfont"][1].endswith("TimGM6mb.sf2 (from setting)")
    assert found["FluidSynth"][1].startswith("plays a note")
    assert checkpoint.name in found["checkpoint"][1]
    assert "klezmer" in found["checkpoint"][1]
    assert found["data folder"][1] == str(data_folder)
    assert found["database"][1].startswith("pieces: ")
    assert re.match(r"Valkey \d+\.\d+\.\d+ and a worker come with each command", found["street"][1])
    assert found["GPU"][0] in ("ok", "none")  # a machine without one is well


def test_a_missing_soundfont_is_told_with_its_remedy(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUNDFONT", "/nowhere/[bold]my.sf2")
    outcome = etude("doctor")
    assert outcome.code == 1
    found = rows(outcome)
    mark, told = found["soundfont"]
    assert mark == "mend"
    assert (
        told == "The soundfont /nowhere/[bold]my.sf2 does not exist; give the path of an .sf2 or .sf3 file."
    )
    assert found["FluidSynth"][0] == "mend"  # it had nothing to play with
    assert found["checkpoint"][0] == "ok"


def test_a_damaged_checkpoint_is_told(
    etude: Etude, checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(checkpoint_folder, "damaged")
    (Path("damaged") / WEIGHTS_FILE).write_bytes(b"nothing")
    monkeypatch.setenv("ETUDE_CHECKPOINT", "damaged")
    outcome = etude("doctor")
    assert outcome.code == 1
    found = rows(outcome)
    assert found["checkpoint"] == ("mend", "The checkpoint in damaged is damaged; fetch or train it anew.")
    assert found["FluidSynth"][0] == "ok"


def test_a_data_folder_that_cannot_be_written_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_bytes(b"")
    monkeypatch.setenv("ETUDE_DATA_DIR", "file/below")
    outcome = etude("doctor")
    assert outcome.code == 1
    assert rows(outcome)["data folder"][0] == "mend"
    assert "file/below" in rows(outcome)["data folder"][1]


def test_a_missing_package_is_named(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_CPU_SAMPLER", "cpu-fp32")
    monkeypatch.delitem(sys.modules, "worker.onnx_stepper", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)  # how Python itself marks what cannot be imported
    outcome = etude("doctor")
    assert outcome.code == 1
    told = f"The Python package onnxruntime is not installed; run: {INSTALL_WORKER}."
    assert rows(outcome)["checkpoint"] == ("mend", told)


def test_a_kernel_that_was_not_compiled_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.integer_stepper.open_library", lambda: None)
    outcome = etude("doctor")
    assert outcome.code == 0  # it works
    told = "No kernel was compiled, so sampling is slow: install a C compiler, then Etude anew."
    assert rows(outcome)["checkpoint"][1].endswith(told)


def street(etude: Etude) -> tuple[int, str, str]:
    """The exit code, and the row of the street: its mark, and what is told."""
    outcome = etude("doctor")
    assert "s3cret" not in outcome.out + outcome.err
    return outcome.code, *rows(outcome)["street"]


def let_workers_be_heard(redis: Redis, *samplers: Sampler) -> None:
    for index, sampler in enumerate(samplers):
        offered = Capabilities(checkpoint="01234567", sampler=sampler, styles=("klezmer",))
        announce(redis, Offer(worker=f"worker-{index}", capabilities=offered), seconds=60)


@pytest.fixture
def heard(redis: Redis, server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address in REDIS_URL: a server behind which one worker is heard."""
    let_workers_be_heard(redis, Sampler.CPU_FP32)
    monkeypatch.setenv("REDIS_URL", server)
    return server


def test_a_path_too_long_for_a_socket_is_told(
    etude: Etude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETUDE_DATA_DIR", str(tmp_path / ("d" * 100)))
    code, mark, told = street(etude)
    assert (code, mark) == (1, "mend")
    assert "too long for a socket" in told
    assert "set ETUDE_DATA_DIR" in told


def test_the_server_and_its_workers_are_told(
    etude: Etude, redis: Redis, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_workers_be_heard(redis, Sampler.CUDA, Sampler.CPU_FP32, Sampler.CUDA)
    monkeypatch.setenv("REDIS_URL", server)
    code, mark, told = street(etude)
    assert (code, mark) == (0, "ok")
    assert re.match(r"Valkey \d+\.\d+\.\d+; workers heard: ", told)
    assert "2 cuda" in told
    assert "1 cpu-fp32" in told


@pytest.mark.usefixtures("heard")
def test_what_the_server_should_be_set_to_is_told(etude: Etude, redis: Redis) -> None:
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        _, mark, told = street(etude)
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
    assert mark == "ok"
    assert "set appendonly yes there" in told
    assert "set maxmemory-policy noeviction there" in told


def test_a_server_that_does_not_tell_its_settings_is_well(
    etude: Etude, redis: Redis, heard: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.acl_setuser(
        "doctor", enabled=True, passwords=["+s3cret"], keys=["*"], commands=["+@all", "-config"]
    )
    monkeypatch.setenv("REDIS_URL", heard.replace("unix://", "unix://doctor:s3cret@"))
    try:
        code, mark, told = street(etude)
    finally:
        redis.acl_deluser("doctor")
    assert (code, mark) == (0, "ok")
    assert told.endswith("workers heard: 1 cpu-fp32")


def test_a_server_without_workers_is_told(
    etude: Etude, redis: Redis, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", server)
    told = "No worker is heard behind REDIS_URL: start one with `etude worker`."
    assert street(etude) == (1, "mend", told)


def test_a_server_that_refuses_us_is_told(
    etude: Etude, redis: Redis, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", server.replace("unix://", "unix://nobody:s3cret@"))
    code, mark, told = street(etude)
    assert (code, mark) == (1, "mend")
    assert "check user and password in REDIS_URL" in told


def test_a_server_that_is_not_there_is_told(etude: Etude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:s3cret@127.0.0.1:1/0")
    code, mark, told = street(etude)
    assert (code, mark) == (1, "mend")
    assert told.startswith("Redis at 127.0.0.1:1 cannot be used")


def test_an_old_redis_is_told(
    etude: Etude, redis: Redis, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", server)
    # A fake: an old server cannot be had here.
    monkeypatch.setattr(Redis, "info", lambda _self, _section: {"redis_version": "6.2.14"})
    code, mark, told = street(etude)
    assert (code, mark) == (1, "mend")
    assert told == "The server behind REDIS_URL is Redis 6.2.14: Etude needs Redis 7 or newer, or Valkey."
