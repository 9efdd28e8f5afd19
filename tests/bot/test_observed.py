"""Bot and worker as processes, looked at as Prometheus and a container engine do; and one piece is made."""

import re
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.bot.processes import ROOT, Chat, ended, paused
from tests.discord_server.server import DiscordServer

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "etude.json"


class Observed:
    """A chat whose two processes can be looked at.

    Attributes:
        chat: with bot and worker.
        ports: of `bot` and `worker`.
    """

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.ports = {name: free_port() for name in ("bot", "worker")}

    def ask(self, name: str, path: str) -> tuple[int, str]:
        """Status and text; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def figures(self, name: str) -> dict[str, float]:
        """All samples, by name and labels' values."""
        return {
            ",".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(self.ask(name, "/metrics")[1])
            for sample in family.samples
        }

    def wait_ready(self, name: str) -> None:
        self.chat.server.wait(lambda: self.ask(name, "/readyz") == (200, "ready\n"), 30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def observed(
    process_settings: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    with (
        DiscordServer() as server,
        Chat(server, tmp_path_factory.mktemp("observed"), process_settings) as chat,
    ):
        observed = Observed(chat)
        chat.start_worker(ETUDE_WORKER_METRICS_PORT=observed.ports["worker"])
        chat.start_bot(ETUDE_BOT_METRICS_PORT=observed.ports["bot"])
        for name in observed.ports:
            observed.wait_ready(name)
        yield observed
        assert (ended(chat.bot), ended(chat.worker)) == (0, 0)


@pytest.fixture(scope="module")
def piece(observed: Observed) -> str:
    """The id of a piece that was asked for, made and rated."""
    chat = observed.chat
    message = chat.compose(chat.server.add_channel(chat.guild)).wait_original()
    stored = chat.delivered(message)
    chat.rate(chat.bert, message, 4)
    return stored.id


def test_a_piece_is_counted_where_it_was_made_and_where_it_was_shown(observed: Observed, piece: str) -> None:
    worker, bot = observed.figures("worker"), observed.figures("bot")
    assert worker["etude_task_answers_total,compose,finished"] == 1
    assert worker["etude_music_seconds_total"] > 0
    for stage in ("queue", "sample", "render", "encode", "picture", "deliver", "total"):
        assert worker[f"etude_stage_seconds_count,{stage}"] == 1
    assert (worker["etude_worker_slots"], worker["etude_worker_busy_slots"]) == (12, 0)
    assert bot["etude_requests_ended_total,finished"] == bot["etude_request_seconds_count"] == 1
    assert bot["etude_interactions_total,application_command"] == 1
    observed.chat.server.wait(lambda: observed.figures("bot")["etude_ratings_total,4"] == 1)


def test_both_tell_how_full_the_street_is_and_how_well_they_are(observed: Observed, piece: str) -> None:
    for name in ("worker", "bot"):
        found = observed.figures(name)
        assert (found["etude_ready"], found["etude_redis_up"], found["etude_workers"]) == (1, 1, 1)
        assert (found["etude_tasks_open"], found["etude_tasks_queued"]) == (0, 0)
        assert found.get("process_resident_memory_bytes", 1e7) >= 1e7  # only Linux tells it
    assert 0 <= observed.figures("bot")["etude_gateway_latency_seconds,0"] < 10
    assert observed.figures("bot")["etude_guilds"] == 1


def test_nobody_can_be_told_by_what_is_shown(observed: Observed, piece: str) -> None:
    chat = observed.chat
    secrets = [piece, chat.server.token, str(chat.anna.id), str(chat.bert.id), str(chat.guild.id), chat.url]
    for name in observed.ports:
        page = observed.ask(name, "/metrics")[1]
        assert [secret for secret in secrets if secret in page] == []


def test_labels_take_few_values(observed: Observed, piece: str) -> None:
    """A label whose values grow with people or pieces would one day fill Prometheus."""
    for name in observed.ports:
        families = text_string_to_metric_families(observed.ask(name, "/metrics")[1])
        labels = {label for family in families for sample in family.samples for label in sample.labels}
        assert labels <= {
            *("checkpoint", "event", "kind", "le", "level", "outcome", "sampler", "shard", "stage", "value")
        }


def test_everything_that_rules_and_dashboard_name_is_there(observed: Observed, piece: str) -> None:
    pages = [observed.ask(name, "/metrics")[1] for name in observed.ports]
    shown = {key.partition(",")[0] for name in observed.ports for key in observed.figures(name)}
    shown |= {name for page in pages for name in re.findall(r"^# TYPE (\S+)", page, re.MULTILINE)}
    for file in (RULES, DASHBOARD):
        named = set(re.findall(r"\b(?:etude|process)_[a-z_]+\b", expressions(file)))
        assert named
        assert named - shown == set()


def expressions(file: Path) -> str:
    """Every PromQL expression of a file of rules (YAML) or a dashboard (JSON, which is YAML too)."""

    def inside(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for key, value in part.items():
                if key == "expr":
                    yield str(value)
                else:
                    yield from inside(value)
        elif isinstance(part, list):
            for value in part:
                yield from inside(value)

    return "\n".join(inside(yaml.safe_load(file.read_text(encoding="utf-8"))))


def test_a_redis_that_is_away_is_named_and_comes_back(observed: Observed, piece: str) -> None:
    with observed.chat.redis_away():
        for name in observed.ports:
            sentence = (503, "Not ready: Redis cannot be used (ConnectionError).\n")
            observed.chat.server.wait(lambda name=name, said=sentence: observed.ask(name, "/readyz") == said)
            assert observed.ask(name, "/healthz") == (200, "healthy\n")  # a new start would mend nothing
            found = observed.figures(name)
            assert (found["etude_ready"], found["etude_redis_up"]) == (0, 0)
            assert "etude_tasks_open" not in found
    for name in observed.ports:
        observed.wait_ready(name)


def test_a_bot_that_has_lost_discord_says_so_and_counts_its_way_back(observed: Observed, piece: str) -> None:
    before = observed.figures("bot")
    with observed.chat.server.gateway_down():
        observed.chat.server.wait(lambda: observed.ask("bot", "/readyz")[0] == 503)
        assert observed.ask("bot", "/readyz")[1].startswith("Not ready: Discord is not connected")
        assert "etude_gateway_latency_seconds,0" not in observed.figures("bot")
    observed.wait_ready("bot")

    def counted(figures: dict[str, float], *events: str) -> float:
        return sum(figures[f"etude_gateway_events_total,{event}"] for event in events)

    for events in (("connect", "resumed"), ("disconnect",)):
        observed.chat.server.wait(
            lambda events=events: counted(observed.figures("bot"), *events) > counted(before, *events)
        )


def test_a_worker_that_is_told_to_end_takes_no_more_and_says_so(observed: Observed, piece: str) -> None:
    chat, port = observed.chat, free_port()
    second = chat.start("-m", "worker", ETUDE_WORKER_METRICS_PORT=port, ETUDE_DRAIN_SECONDS=30)
    observed.ports["second"] = port
    observed.wait_ready("second")
    with paused(chat.worker):
        message = chat.compose(chat.server.add_channel(chat.guild), length="60").wait_original()
        chat.server.wait(lambda: observed.figures("second").get("etude_worker_busy_slots") == 1, 30)
        second.terminate()
        chat.server.wait(lambda: observed.ask("second", "/readyz")[0] != 200)
        assert observed.ask("second", "/readyz") in ((503, "Not ready: the worker is ending.\n"), (0, ""))
        assert second.wait(60) == 0
    del observed.ports["second"]
    assert len(chat.delivered(message).id) == len(piece)
