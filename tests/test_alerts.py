"""Alert rules and dashboard are well-formed, name what the code has, and each alert has a remedy in the docs.

That every metric they name is shown by bot or worker is seen in `tests/bot/test_observed.py`.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for package in ("bot", "jobs", "worker")
    for path in (ROOT / package).rglob("*.py")
)


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_every_alert_says_what_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert anchor == rule["alert"].lower()


def test_names_are_unlike() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_events_that_are_counted_are_logged_somewhere() -> None:
    logged = set(re.findall(r'_log\.(?:warning|error|exception)\(\s*"([^"]+)"', CODE))
    patterns = [pattern for rule in RULES for pattern in re.findall(r'event=~"([^"]+)"', rule["expr"])]
    events = [pattern for pattern in patterns if "[.]" in pattern]
    assert events
    for pattern in events:
        assert any(re.fullmatch(pattern, event) for event in logged), pattern


def test_names_of_events_are_written_out() -> None:
    """They become values of a label, so they may be made of nothing that comes from outside."""
    calls = re.findall(r"_log\.(?:debug|info|warning|error|exception)\(\s*(.)", CODE)
    assert set(calls) == {'"'}


def test_kinds_of_failures_are_those_that_are_counted() -> None:
    from worker.meters import FAULT, KINDS

    named = {
        kind
        for rule in RULES
        for kinds in re.findall(r'kind!?~"([^"]+)"', rule["expr"])
        for kind in kinds.split("|")
    }
    assert named
    assert named <= {*KINDS.values(), FAULT}


def test_the_dashboard_is_one() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/etude.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & places, panel["title"]
        places |= cells
        assert all(target["expr"] for target in panel["targets"])
    (provider,) = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/etude.yml").read_text())[
        "providers"
    ]
    assert f":{provider['options']['path']}:ro" in (ROOT / "docker-compose.yml").read_text()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_promtool_agrees(command: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *command], cwd=FOLDER, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
