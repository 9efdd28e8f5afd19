"""The settings of a process: one frozen object, built in `main` from the environment and passed down."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from jobs.audio import AudioFormat
from jobs.capabilities import CpuSampler, Sampler
from jobs.errors import SettingsError, quote


class LogLevel(StrEnum):
    """The least severe log lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How log lines look: for people, or one JSON object a line."""

    CONSOLE = "console"
    JSON = "json"


def _url(scheme: str) -> AfterValidator:
    def check(url: SecretStr) -> SecretStr:
        if not re.match(f"({scheme})://", url.get_secret_value()):
            raise ValueError("the URL begins with another scheme")
        return url

    return AfterValidator(check)


def _http(scheme: str) -> AfterValidator:
    def check(url: str | None) -> str | None:
        if url is not None and not re.fullmatch(rf"({scheme})://[^\s/]\S*", url):
            raise ValueError("another scheme, no host, or white space inside")
        return url and url.rstrip("/")

    return AfterValidator(check)


def _one_word(secret: SecretStr) -> SecretStr:
    if re.search(r"\s", secret.get_secret_value()):
        raise ValueError("white space inside")
    return secret


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("the home folder behind ~ is not known") from error


_OneWord = AfterValidator(_one_word)
_Expanded = AfterValidator(_expanded)
Port = Annotated[int, Field(ge=1, le=65535)]
_Lowered = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Settings(BaseSettings):
    """What is set from outside; the environment variable of a field is its name in capitals.

    A field's description says what is allowed, and stands in the sentence that refuses anything else.
    URLs are secrets too, since passwords stand in them.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    redis_url: Annotated[SecretStr | None, _url("rediss?|unix")] = Field(
        default=None, description="a URL that begins with redis://, rediss:// or unix://"
    )
    database_url: Annotated[SecretStr | None, _url(r"(sqlite|postgresql)(\+\w+)?")] = Field(
        default=None, description="a URL that begins with sqlite:// or postgresql://"
    )
    discord_token: Annotated[SecretStr | None, _OneWord] = Field(
        default=None, description="a bot token of Discord's developer portal, without spaces"
    )
    discord_api_base: Annotated[str, _http("https?")] = Field(
        default="https://discord.com/api/v10",
        description="a URL without spaces that begins with https:// or http://",
    )
    discord_gateway_url: Annotated[str | None, _http("wss?")] = Field(
        default=None, description="a URL without spaces that begins with wss:// or ws://"
    )
    soundfont: Annotated[Path | None, _Expanded] = Field(
        default=None, description="the path of a soundfont (.sf2 or .sf3)"
    )
    etude_data_dir: Annotated[Path, _Expanded] = Field(
        default_factory=lambda: user_data_path("etude", appauthor=False),
        description="the path of a folder for everything that is kept on disk",
    )
    etude_checkpoint: Annotated[Path | None, _Expanded] = Field(
        default=None, description="the path of a checkpoint's folder"
    )
    etude_audio_format: Annotated[AudioFormat, _Lowered] = Field(
        default=AudioFormat.MP3, description="mp3, opus, flac or wav"
    )
    etude_cpu_sampler: Annotated[CpuSampler, _Lowered] = Field(
        default=Sampler.CPU_INT8, description="cpu-int8 or cpu-fp32"
    )
    etude_workers: int = Field(default=0, ge=0, le=64, description="a whole number from 0 to 64")
    etude_worker_jobs: int = Field(default=12, ge=1, le=256, description="a whole number from 1 to 256")
    etude_job_seconds: float = Field(default=600, ge=1, le=86400, description="1 to 86400 seconds")
    etude_recovery_seconds: int = Field(
        default=20, ge=1, le=600, description="a whole number of seconds from 1 to 600"
    )
    etude_drain_seconds: float = Field(default=8, ge=0, le=3600, description="0 to 3600 seconds")
    etude_worker_wait_seconds: float = Field(default=10, ge=0, le=600, description="0 to 600 seconds")
    etude_cooldown_seconds: float = Field(default=5, ge=0, le=3600, description="0 to 3600 seconds")
    etude_user_at_once: int = Field(default=1, ge=1, le=1000, description="a whole number from 1 to 1000")
    etude_guild_limit: int = Field(default=50, ge=1, le=10000, description="a whole number from 1 to 10000")
    etude_queue_limit: int = Field(
        default=500, ge=1, le=100000, description="a whole number from 1 to 100000"
    )
    etude_log_level: Annotated[LogLevel, _Lowered] = Field(
        default=LogLevel.INFO, description="debug, info, warning or error"
    )
    etude_log_format: Annotated[LogFormat, _Lowered] = Field(
        default=LogFormat.CONSOLE, description="console or json"
    )

    etude_metrics_host: str = Field(
        default="127.0.0.1",
        description="an address or a name of this machine, without spaces",
        pattern=r"^\S+$",
    )
    etude_bot_metrics_port: Port | None = Field(default=None, description="a port from 1 to 65535")
    etude_worker_metrics_port: Port | None = Field(default=None, description="a port from 1 to 65535")

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Trims every text; a value of nothing but spaces is as unset as an empty one."""
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in trimmed.items() if value not in ("", None)}


def load_settings() -> Settings:
    """Returns the settings from the environment and, below it, from `.env` in the working directory.

    An empty variable counts as unset, and variables that are not ours are passed over.

    Raises:
        SettingsError: with a sentence for every variable whose value is not allowed, one a line.
    """
    try:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError("The file .env in this folder is not UTF-8 text: save it as UTF-8.") from None
    except ValidationError as error:
        # Neither the chained error nor the sentence may carry a secret into a log.
        raise SettingsError("\n".join(_sentence(details) for details in error.errors())) from None


def _sentence(details: ErrorDetails) -> str:
    name, value = str(details["loc"][0]), details["input"]
    field = Settings.model_fields[name]
    secret = "SecretStr" in str(field.annotation)
    given = "has a value (a secret, not shown)" if secret else f"is {quote(str(value))}, a value"
    return f"{name.upper()} {given} that is not allowed: give {field.description}."
