"""`python -m worker`: one worker process, for one device."""

import argparse
import sys

from jobs.errors import JobsError
from jobs.logs import configure_logs
from jobs.settings import load_settings
from model.errors import ModelError
from worker.device import Device
from worker.errors import WorkerError
from worker.service import serve


def main() -> int:
    """Settings, logs, run: 0 when it was told to end, 2 with a sentence when it cannot begin."""
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--device", type=Device, choices=list(Device), default=Device.AUTO)
    parser.add_argument("--embedded", action="store_true", help="belongs to the process that started it")
    asked = parser.parse_args()
    try:
        settings = load_settings()
        configure_logs(settings.etude_log_level, settings.etude_log_format)
        serve(settings, asked.device, is_embedded=asked.embedded)
    except (JobsError, ModelError, WorkerError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
