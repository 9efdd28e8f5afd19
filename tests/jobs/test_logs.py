import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from jobs.logs import bind_piece, configure_logs
from jobs.settings import LogFormat, LogLevel


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # so that pytest's own are not closed with those that are replaced
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_every_json_line_bears_the_piece_whoever_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    log = structlog.get_logger("worker.compose")
    with bind_piece("abcdefghjk23"):
        log.info("sampled", seconds=1.5)
        logging.getLogger("library").warning("slow by %d s", 3)
    log.debug("not written")
    log.info("idle")
    streams = capsys.readouterr()
    assert streams.out == ""
    ours, theirs, idle = (json.loads(line) for line in streams.err.splitlines())
    assert (ours["event"], ours["seconds"], ours["level"]) == ("sampled", 1.5, "info")
    assert ours["logger"] == "worker.compose"
    assert (theirs["event"], theirs["logger"]) == ("slow by 3 s", "library")
    assert ours["piece"] == theirs["piece"] == "abcdefghjk23"
    assert "piece" not in idle
    assert idle["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", LogFormat)
def test_an_exception_is_told_without_local_variables(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logs(LogLevel.INFO, log_format)
    token = "-".join(["very", "secret"])  # joined, so that no line of source holds it
    try:
        len(token) / 0
    except ZeroDivisionError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    written = capsys.readouterr().err
    assert written.count("ZeroDivisionError") == 2
    assert token not in written


def test_the_console_form_is_one_plain_line_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    with bind_piece("abcdefghjk23"):
        structlog.get_logger("worker").warning("no soundfont", looked_in=3)
        structlog.get_logger("worker").info("not written")
    (line,) = capsys.readouterr().err.splitlines()
    assert "no soundfont" in line
    assert "piece=abcdefghjk23" in line
    assert "\x1b" not in line


def test_configuring_again_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.CONSOLE)
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.get_logger().info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_warnings_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs(LogLevel.INFO, LogFormat.JSON)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert "DeprecationWarning: old" in json.loads(capsys.readouterr().err)["event"]
