"""A short run of what `make fuzz` does at length, with the cases that once broke something."""

from pathlib import Path

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.cases import CORPUS, MIDI_SEEDS, cases_of, kept
from tests.fuzz.child import CASE_SECONDS
from tests.fuzz.midi_file import read, write
from tests.fuzz.runner import Child, Summary

SEED = 9
COUNTS = {"midi": 120, "options": 800, "interactions": 12}


@pytest.fixture(scope="module")
def summaries() -> dict[str, Summary]:
    found = {}
    for target, count in COUNTS.items():
        found[target] = Summary()
        with Child(target) as child:
            child.try_all(cases_of(target, count, SEED, child.greeting), found[target])
    return found


@pytest.mark.parametrize("target", COUNTS)
def test_nothing_breaks(summaries: dict[str, Summary], target: str) -> None:
    summary = summaries[target]
    assert [(fault.cause, fault.case) for fault in summary.faults] == []
    assert summary.cases == COUNTS[target] + len(kept(target))
    assert summary.slowest_seconds < CASE_SECONDS


def test_enough_comes_to_the_innermost_part(summaries: dict[str, Summary]) -> None:
    for target, least in (("midi", program.DEEP_SHARE), ("options", 0.3), ("interactions", 0.2)):
        summary = summaries[target]
        assert least < summary.deep / summary.cases < 1, target


@pytest.mark.parametrize("file", sorted(MIDI_SEEDS.glob("*.mid")), ids=lambda path: path.stem)
def test_a_file_that_is_not_changed_is_the_same(file: Path) -> None:
    """Else what is found would be the fault of the fuzzer's own parts."""
    parts = read(file.read_bytes())
    assert read(write(parts)) == parts
    assert read(write(parts, is_running=True)) == parts


def test_the_same_seed_gives_the_same_cases() -> None:
    for target in ("midi", "options"):
        first, second, other = (list(cases_of(target, 20, seed, b"")) for seed in (1, 1, 2))
        assert first == second != other


BROKEN = """
import tests.fuzz.child as child
from tests.fuzz.targets import Outcome

def target(case):
    if case == b"raises":
        raise LookupError("lost")
    if case == b"hangs":
        while True:
            pass
    if case == b"dies":
        child.signal.raise_signal(9)
    if case == b"grows":
        bytearray(2 << 30)
    return Outcome("well", True)

child.CASE_SECONDS = 0.2
child.options_target = lambda: target
child.main("options", child.sys.stdin.buffer, child.sys.stdout.buffer)
"""


def test_what_breaks_is_seen_and_the_rest_goes_on() -> None:
    summary = Summary()
    cases = [b"fine", b"raises", b"hangs", b"fine", b"dies", b"grows", b"fine"]
    with Child("options", ("-c", BROKEN)) as child:
        child.try_all(cases, summary)
    assert [(fault.case, fault.cause) for fault in summary.faults] == [
        (b"raises", "LookupError: lost"),
        (b"hangs", "a second of processor time was not enough (-27)"),
        (b"dies", "the child ended: -9"),
        (b"grows", "MemoryError: "),
    ]
    assert (summary.outcomes["well"], summary.outcomes["fault"], summary.deep) == (3, 4, 3)


def test_a_case_that_breaks_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(program, "CORPUS", tmp_path)
    path = program._kept("midi", b"MThd")
    assert path.read_bytes() == b"MThd"
    assert (path.parent, path.suffix) == (tmp_path / "midi", ".mid")


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1 << 20
