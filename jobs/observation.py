"""What a process shows of itself over HTTP: whether it lives, whether it is ready, and its metrics.

`/healthz` says whether it is worth keeping (else start it anew), `/readyz` whether it can do its work now
(else wait, or mend what the sentence names), `/metrics` is for Prometheus. Nothing of a person is in them.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from typing import Self

from prometheus_client import CollectorRegistry, Counter, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from jobs.errors import SettingsError

SILENT_SECONDS = 5.0
"""For how long a connection may say nothing before it is closed."""

MOST_EVENTS = 200
"""How many kinds of log lines are told apart; `other` are all that come later."""

Lack = Callable[[], str | None]
"""Says in a clause what is missing, such as "Redis cannot be used"; None where nothing is."""


class Observation:
    """Answers on a port of its own, in threads, for as long as the context lasts.

    Attributes:
        registry: of this process's metrics.
        port: on which it answers.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        host: str,
        port: int,
        setting: str,
        *,
        illnesses: Iterable[Lack] = (),
        lacks: Iterable[Lack] = (),
    ) -> None:
        """Take the port; nothing is answered yet.

        Args:
            registry: what `/metrics` shows; the process's own figures (memory, files) are added.
            host: an address of this machine; 127.0.0.1 where only it may ask.
            port: 0 for any that is free.
            setting: the variable that names the port.
            illnesses: what `/healthz` asks, in threads of its own.
            lacks: what `/readyz` asks besides.

        Raises:
            SettingsError: the port cannot be had.
        """
        self.registry = registry
        self._illnesses = tuple(illnesses)
        self._lacks = (*self._illnesses, *lacks)
        ProcessCollector(registry=registry)
        registry.register(_Ready(lambda: not self.lacks()))
        self._lines = _CountedLines(registry)

        class Server(ThreadingHTTPServer):
            address_family = AF_INET6 if ":" in host else AF_INET
            daemon_threads = True

        try:
            self._server = Server((host, port), _handler(self))
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"{setting} is {port}, which cannot be had at {host} ({error}): choose another port, "
                "or let ETUDE_METRICS_HOST be an address of this machine."
            ) from error
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self._lines)
        threading.Thread(target=self._server.serve_forever, name="observation", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._lines)
        self._server.shutdown()
        self._server.server_close()

    def illnesses(self) -> list[str]:
        """Why the process should be started anew."""
        return _said(self._illnesses)

    def lacks(self) -> list[str]:
        """What is missing before the process can do its work."""
        return _said(self._lacks)


def _said(lacks: Iterable[Lack]) -> list[str]:
    return [clause for lack in lacks if (clause := lack()) is not None]


def _handler(observation: Observation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SILENT_SECONDS

        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/healthz":
                    self._judge("healthy", "Not healthy", observation.illnesses())
                case "/readyz":
                    self._judge("ready", "Not ready", observation.lacks())
                case "/metrics":
                    page = generate_latest(observation.registry)
                    self._answer(HTTPStatus.OK, page, CONTENT_TYPE_PLAIN_0_0_4)
                case _:
                    self._answer(HTTPStatus.NOT_FOUND, b"There are /healthz, /readyz and /metrics.\n")

        do_HEAD = do_GET  # noqa: N815 - as above

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
            """Whoever asks every few seconds is not worth a line."""

        def _judge(self, good: str, bad: str, clauses: list[str]) -> None:
            status = HTTPStatus.SERVICE_UNAVAILABLE if clauses else HTTPStatus.OK
            sentence = f"{bad}: {'; '.join(clauses)}." if clauses else good
            self._answer(status, f"{sentence}\n".encode())

        def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


class _Ready(Collector):
    """The same as `/readyz`, as a number."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._is_ready = is_ready

    def describe(self) -> Iterator[Metric]:
        yield self._gauge()

    def collect(self) -> Iterator[Metric]:
        gauge = self._gauge()
        gauge.add_metric([], float(self._is_ready()))
        yield gauge

    def _gauge(self) -> GaugeMetricFamily:
        return GaugeMetricFamily("etude_ready", "Whether the process can do its work now, as /readyz says.")


class _CountedLines(logging.Handler):
    """Counts what is logged as going wrong, by the name of the event, which the code always writes out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(logging.WARNING)
        self._seen: set[str] = set()
        self._lines = Counter(
            "etude_log_events",
            "Log lines from warning upwards; the event of a library's line is the library's name.",
            ("event", "level"),
            registry=registry,
        )

    def emit(self, record: logging.LogRecord) -> None:
        told: object = record.msg  # structlog's lines are dictionaries until they are formatted
        event = str(told["event"]) if isinstance(told, dict) else record.name.partition(".")[0]
        if event not in self._seen and len(self._seen) >= MOST_EVENTS:
            event = "other"
        self._seen.add(event)
        self._lines.labels(event, record.levelname.lower()).inc()
