from pathlib import Path

import pytest
from pydantic import ValidationError

from jobs.audio import AudioFormat
from jobs.errors import SettingsError
from jobs.settings import LogFormat, LogLevel, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_everything_is_optional() -> None:
    settings = load_settings()
    assert settings.redis_url is None
    assert settings.discord_token is None
    assert settings.etude_data_dir.name == "etude"
    assert settings.etude_audio_format is AudioFormat.MP3
    assert settings.etude_log_level is LogLevel.INFO
    assert settings.etude_log_format is LogFormat.CONSOLE


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SOUNDFONT=~/piano.sf2\nETUDE_AUDIO_FORMAT=Opus\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("ETUDE_AUDIO_FORMAT", "FLAC ")
    monkeypatch.setenv("REDIS_URL", f"redis://:{SECRET}@localhost:6379/0")
    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///etude.db")
    settings = load_settings()
    assert settings.soundfont == Path.home() / "piano.sf2"
    assert settings.etude_audio_format is AudioFormat.FLAC
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value().endswith("6379/0")
    assert settings.database_url is not None
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_value_is_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    unset = load_settings()
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), blank)
    assert load_settings() == unset


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().etude_log_level = LogLevel.DEBUG


def test_every_wrong_value_is_named_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETUDE_AUDIO_FORMAT", "ogg")
    monkeypatch.setenv("ETUDE_LOG_LEVEL", "loud")
    monkeypatch.setenv("SOUNDFONT", "~nobody-here/piano.sf2")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert set(str(refusal.value).split("\n")) == {
        'ETUDE_AUDIO_FORMAT is "ogg", a value that is not allowed: give mp3, opus, flac or wav.',
        'ETUDE_LOG_LEVEL is "loud", a value that is not allowed: give debug, info, warning or error.',
        'SOUNDFONT is "~nobody-here/piano.sf2", a value that is not allowed: '
        "give the path of a soundfont (.sf2 or .sf3).",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISCORD_API_BASE", "proxy/api/v10"),
        ("DISCORD_API_BASE", "https:///api/v10"),
        ("DISCORD_API_BASE", "https://proxy /api/v10"),
        ("DISCORD_GATEWAY_URL", "https://gateway"),
    ],
)
def test_an_address_of_discord_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(
        SettingsError, match=f'{name} is "{value}".*give a URL without spaces that begins with'
    ):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", f"http://user:{SECRET}@localhost"),
        ("REDIS_URL", f":{SECRET}@localhost:6379"),
        ("DATABASE_URL", f"mysql://user:{SECRET}@localhost/etude"),
        ("DISCORD_TOKEN", f"Bot {SECRET}"),
    ],
)
def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert str(refusal.value).startswith(
        f"{name} has a value (a secret, not shown) that is not allowed: give "
    )
    assert SECRET not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_a_file_that_is_not_text_is_named() -> None:
    Path(".env").write_bytes(b"SOUNDFONT=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"\.env"):
        load_settings()


def test_the_example_documents_every_setting_and_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = EXAMPLE.read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)
    documented = [
        lines[lines.index(line) - 1].startswith("#") for line in lines if line.split("=")[0] in names
    ]
    assert all(documented)
    Path(".env").symlink_to(EXAMPLE)
    with_example = load_settings()
    monkeypatch.chdir("/")
    assert with_example == load_settings()
