"""`etude`: the table of contents of the command line, and the one place where errors become exit codes."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from cli.bot import bot
from cli.compose import compose
from cli.doctor import doctor
from cli.errors import CommandError
from cli.evaluate import evaluate
from cli.finetune import finetune
from cli.listening import listening
from cli.listening.reporting import report
from cli.originality import originality
from cli.show import show
from cli.train import prepare, train
from cli.up import up
from cli.worker import worker
from jobs.errors import JobsError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="etude",
    help="Etude composes piano pieces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(compose)
app.command()(show)
app.command()(up)
app.command()(bot)
app.command()(worker)
app.command()(doctor)
app.command()(prepare)
app.command()(train)
app.command()(finetune)
app.command()(originality)
app.command()(report)
app.add_typer(evaluate, name="evaluate")
app.add_typer(listening, name="listening")


def main() -> NoReturn:
    """Run one command and exit: 0 when it is done, 2 with a sentence when it cannot be, 130 after Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        sentence = error.format_message()
        return _refuse(sentence) if sentence else 2  # nothing was asked for: the help has been printed
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, _expected_errors()):
            return _refuse(str(error))
        if isinstance(error, OSError) and error.filename is not None:
            return _refuse(f"{error.filename} cannot be used: {error.strerror}.")
        raise
    return code if isinstance(code, int) else 0


def _expected_errors() -> tuple[type[Exception], ...]:
    """The errors that carry a sentence; those of packages that were never imported cannot have come."""
    bases: list[type[Exception]] = [JobsError, CommandError]
    for module, name in (
        ("bot.errors", "BotError"),
        ("listening.store.errors", "StoreError"),
        ("model.errors", "ModelError"),
        ("worker.errors", "WorkerError"),
    ):
        if module in sys.modules:
            bases.append(getattr(sys.modules[module], name))
    return tuple(bases)


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Being told to stop is answered like Ctrl-C: nothing half-written stays."""
    raise KeyboardInterrupt
