import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CommandError

pytestmark = pytest.mark.usefixtures("books")

Etude = Callable[..., Any]


@pytest.fixture
def composed(etude: Etude) -> dict[str, Any]:
    """A short piece, composed, stored and written to `first/`."""
    outcome = etude(
        "compose",
        "--candidates",
        1,
        "--length",
        10,
        "--seed",
        3,
        "--format",
        "flac",
        "--out",
        "first",
        "--json",
    )
    assert outcome.code == 0
    piece: dict[str, Any] = json.loads(outcome.out)
    return piece


def test_a_stored_piece_is_written_again(etude: Etude, composed: dict[str, Any]) -> None:
    outcome = etude("show", composed["id"], "--out", "again", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    shown = json.loads(outcome.out)
    for kind in ("midi", "audio", "picture"):
        assert Path(shown[kind]).read_bytes() == Path(composed[kind]).read_bytes()
    assert Path(shown["midi"]).parent == Path("again")
    for field in ("title", "requested", "measured", "checkpoint", "midi_sha256"):
        assert shown[field] == composed[field]


def test_it_may_be_shown_in_another_format(etude: Etude, composed: dict[str, Any]) -> None:
    outcome = etude("show", composed["id"], "--out", "again", "--format", "wav")
    assert outcome.code == 0
    assert Path("again", f"{composed['id']}.wav").read_bytes().startswith(b"RIFF")


def test_numbers_count_up(etude: Etude, composed: dict[str, Any]) -> None:
    outcome = etude("compose", "--candidates", 1, "--length", 10, "--count", 2, "--format", "wav", "--json")
    titles = [composed["title"], *(json.loads(line)["title"] for line in outcome.out.splitlines())]
    first, second, third = (int(title.rpartition(" ")[2]) for title in titles)
    assert first < second < third


@pytest.mark.parametrize("piece_id", ["zzzzzzzzzzzz", "../../etc", "x" * 10_000, "\x00", "é"])
def test_an_unknown_piece_gets_a_sentence(etude: Etude, piece_id: str) -> None:
    outcome = etude("show", piece_id)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("There is no piece ")
    assert outcome.err.count("\n") == 1


def test_a_database_that_cannot_be_opened_gets_a_sentence(
    etude: Etude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "etude.db").write_bytes(os.urandom(5000))
    monkeypatch.setenv("ETUDE_DATA_DIR", str(folder))
    for command in (("show", "zzzzzzzzzzzz"), ("compose", "--length", 10)):
        outcome = etude(*command)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.count("\n") == 1
        assert "etude.db" in outcome.err
    assert not list(tmp_path.glob("pieces/*"))


def test_a_piece_that_could_not_be_written_is_not_lost(
    etude: Etude, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, files: object) -> None:
        raise CommandError(f"The folder {folder} cannot be written to: No space left on device.")

    with monkeypatch.context() as patched:
        patched.setattr("cli.delivery.write_together", full)  # a full disk cannot be had in a test
        outcome = etude("compose", "--candidates", 1, "--length", 10, "--format", "wav", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    remedy = re.search(r"No space left on device; `etude show (\w+) --out FOLDER`", outcome.err)
    assert remedy
    assert etude("show", remedy[1], "--out", tmp_path / "elsewhere").code == 0
