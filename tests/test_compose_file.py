"""docker-compose.yml is well-formed, and names only what there is; containers are not started here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.settings import Settings
from jobs.street.connection import connect

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SETTINGS = {name.upper() for name in Settings.model_fields}
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "REDISCLI_AUTH"}  # of the servers' own images
PASSWORDS = {"REDIS_PASSWORD", "POSTGRES_PASSWORD"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load(TEXT)["services"])


def test_its_services(services: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles", []) for name, service in services.items()}
    assert profiles == {
        "redis": [],
        "bot": [],
        "worker": [],
        "worker-gpu": ["gpu"],
        "postgres": ["postgres"],
    }


def test_every_variable_that_it_names_is_a_setting(services: dict[str, Any]) -> None:
    given = {name for service in services.values() for name in service.get("environment", {})}
    taken = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    assert given - OTHERS - PASSWORDS <= SETTINGS
    assert taken == PASSWORDS


def test_its_address_of_redis_is_understood(services: dict[str, Any]) -> None:
    url = services["bot"]["environment"]["REDIS_URL"]
    assert url == services["worker"]["environment"]["REDIS_URL"]
    filled = re.sub(r"\$\{[^}]*\}", "s3cret", url)
    settings = connect(filled, is_patient=False).connection_pool.connection_kwargs
    assert (settings["host"], settings["port"], settings["password"]) == ("redis", 6379, "s3cret")


def test_redis_forgets_nothing_and_is_closed(services: dict[str, Any]) -> None:
    command = " ".join(services["redis"]["command"])
    for needed in ("--appendonly yes", "--maxmemory-policy noeviction", "--requirepass ${REDIS_PASSWORD:?"):
        assert needed in command
    assert not any("ports" in service for service in services.values())


def test_workers_know_no_token_and_no_database(services: dict[str, Any]) -> None:
    for name in ("worker", "worker-gpu"):
        environment = services[name]["environment"]
        assert (environment["DISCORD_TOKEN"], environment["DATABASE_URL"]) == ("", "")


def test_its_images_are_built_from_what_is_there(services: dict[str, Any]) -> None:
    for name in ("bot", "worker", "worker-gpu"):
        build = services[name]["build"]
        dockerfile = (ROOT / build["context"] / build["dockerfile"]).read_text()
        assert f" AS {build['target']}\n" in dockerfile
        copied = re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE)
        assert all((ROOT / path).exists() for paths in copied for path in paths.split())
