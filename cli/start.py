"""How every command starts: with its settings read and its logs set up."""

from jobs.logs import configure_logs
from jobs.settings import Settings, load_settings


def started() -> Settings:
    """Read the settings and send logs to stderr as they say.

    Raises:
        SettingsError: a variable has a value that is not allowed.
    """
    settings = load_settings()
    configure_logs(settings.etude_log_level, settings.etude_log_format)
    return settings
