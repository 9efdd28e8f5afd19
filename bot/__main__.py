"""`python -m bot`: Etude in Discord."""

import sys

from bot.errors import BotError
from bot.service import serve
from jobs.errors import JobsError
from jobs.logs import configure_logs
from jobs.settings import load_settings
from listening.store.errors import StoreError


def main() -> int:
    """Settings, logs, run: 0 when it was told to end, 2 with a sentence when it cannot begin."""
    try:
        settings = load_settings()
        configure_logs(settings.etude_log_level, settings.etude_log_format)
        serve(settings)
    except (BotError, JobsError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
