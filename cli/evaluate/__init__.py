"""`etude evaluate`: how good a checkpoint is."""

import typer

from cli.evaluate.everything import everything
from cli.evaluate.likelihood import likelihood

evaluate = typer.Typer(help="Measure how good a checkpoint is.", no_args_is_help=True)
evaluate.command()(likelihood)
evaluate.command(name="all")(everything)
