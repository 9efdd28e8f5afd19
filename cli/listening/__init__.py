"""`etude listening`: studies in which listeners judge pieces blind."""

import typer

from cli.listening.humans import add_human
from cli.listening.preparation import prepare
from cli.listening.studies import close, discard, list_studies, open_study, show

listening = typer.Typer(help="Studies in which listeners judge pieces blind.", no_args_is_help=True)
listening.command()(prepare)
listening.command()(add_human)
listening.command(name="open")(open_study)
listening.command()(close)
listening.command(name="list")(list_studies)
listening.command()(show)
listening.command()(discard)
