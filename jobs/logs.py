"""Structured logging to stderr, with the piece's id in every line that is about a piece."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import Processor

from jobs.settings import LogFormat, LogLevel

TALKATIVE = ("alembic", "httpcore", "httpx", "matplotlib", "rq.job", "rq.queue", "rq.worker")
"""Libraries that tell at info what only their developers want to know, or what is secret, such as URLs with
tokens in them: heard from warning upwards."""

SECRETIVE = ("discord",)
"""Those that tell at debug what is secret, such as whole interactions: heard from info upwards."""


def configure_logs(level: LogLevel, log_format: LogFormat) -> None:
    """Sends the lines of structlog and of the standard library's logging to stderr, in one form.

    To be called once, by `main`; it replaces the handlers that the root logger had.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
    )
    handler = logging.StreamHandler(_Stderr())
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)
    for libraries, least in ((TALKATIVE, logging.WARNING), (SECRETIVE, logging.INFO)):
        for library in libraries:
            logging.getLogger(library).setLevel(max(least, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


@contextmanager
def bind_piece(piece_id: str) -> Iterator[None]:
    """Puts `piece=<piece_id>` into every log line written inside, also into those of libraries.

    Holds for the current thread or task and for tasks that are started inside.
    """
    with structlog.contextvars.bound_contextvars(piece=piece_id):
        yield


class _Stderr:
    """Whatever `sys.stderr` is when a line is written: rich replaces it while a progress bar is shown."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _rendering(log_format: LogFormat) -> list[Processor]:
    # Plain tracebacks in both forms: the richer ones print local variables, secrets among them.
    if log_format is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
