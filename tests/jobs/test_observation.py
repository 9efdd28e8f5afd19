"""What a process says of itself over HTTP, on a real socket."""

import logging
import socket
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
import structlog
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

import jobs.observation
from jobs.errors import SettingsError
from jobs.logs import configure_logs
from jobs.observation import Observation
from jobs.settings import LogFormat, LogLevel


class Parts:
    """What the process is made of: sentences' clauses, or None where all is well."""

    heart: str | None = None
    redis: str | None = None


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def observation(parts: Parts) -> Iterator[Observation]:
    registry = CollectorRegistry()
    Counter("etude_tries", "Tries.", registry=registry).inc(3)
    with Observation(
        registry, "127.0.0.1", 0, "PORT", illnesses=[lambda: parts.heart], lacks=[lambda: parts.redis]
    ) as observation:
        yield observation


def asked(observation: Observation, path: str, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{observation.port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def figures(observation: Observation) -> dict[str, float]:
    families = text_string_to_metric_families(asked(observation, "/metrics")[1])
    return {
        ",".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_is_well_says_so(observation: Observation) -> None:
    assert asked(observation, "/healthz") == (200, "healthy\n")
    assert asked(observation, "/readyz") == (200, "ready\n")
    assert asked(observation, "/readyz?verbose", "HEAD") == (200, "")
    found = figures(observation)
    assert (found["etude_tries_total"], found["etude_ready"]) == (3, 1)


def test_what_is_missing_is_told_in_one_sentence(observation: Observation, parts: Parts) -> None:
    parts.redis = "Redis cannot be used"
    assert asked(observation, "/healthz") == (200, "healthy\n")
    assert asked(observation, "/readyz") == (503, "Not ready: Redis cannot be used.\n")
    parts.heart = "the heart stands still"
    assert asked(observation, "/healthz") == (503, "Not healthy: the heart stands still.\n")
    assert asked(observation, "/readyz") == (
        503,
        "Not ready: the heart stands still; Redis cannot be used.\n",
    )
    assert figures(observation)["etude_ready"] == 0


@pytest.mark.parametrize("path", ["/", "/secret", "/metrics/../etc/passwd"])
def test_there_is_nothing_else(observation: Observation, path: str) -> None:
    assert asked(observation, path)[0] == 404


def test_nothing_can_be_written(observation: Observation) -> None:
    assert asked(observation, "/metrics", "POST")[0] == 501


def test_memory_is_told(observation: Observation) -> None:
    found = figures(observation)
    assert found.get("process_resident_memory_bytes", 1e6) >= 1e6  # only Linux tells it


def test_a_port_that_is_taken_is_refused_with_its_name(observation: Observation) -> None:
    with pytest.raises(
        SettingsError, match=f"^ETUDE_BOT_METRICS_PORT is {observation.port}, which cannot be had"
    ):
        Observation(CollectorRegistry(), "127.0.0.1", observation.port, "ETUDE_BOT_METRICS_PORT")


def test_who_says_nothing_is_hung_up_on(observation: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_connection(("127.0.0.1", observation.port), timeout=30) as silent:
        assert asked(observation, "/healthz")[0] == 200  # meanwhile others are answered
        assert silent.recv(1) == b""


@pytest.fixture
def logs() -> Iterator[None]:
    """Logs as processes have them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    configure_logs(LogLevel.WARNING, LogFormat.JSON)
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_what_goes_wrong_is_counted_by_name_and_nothing_else_of_it(
    logs: None, observation: Observation
) -> None:
    log = structlog.get_logger("etude.test")
    log.warning("redis.away", cause="user 4711 typed something")
    log.error("job.failed", job="abc")
    log.info("task.answered")
    logging.getLogger("discord.gateway").warning("Shard 4711 is away")
    assert "4711" not in asked(observation, "/metrics")[1]
    found = {name: value for name, value in figures(observation).items() if "log_events_total" in name}
    assert found == {
        "etude_log_events_total,redis.away,warning": 1,
        "etude_log_events_total,job.failed,error": 1,
        "etude_log_events_total,discord,warning": 1,
    }


def test_names_of_events_are_bounded(observation: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.observation, "MOST_EVENTS", 3)
    for number in range(10):
        logging.getLogger(f"library{number}").warning("away")
    found = {name: value for name, value in figures(observation).items() if "log_events_total" in name}
    assert len(found) == 4
    assert found["etude_log_events_total,other,warning"] == 7
