"""`make fuzz`: cases that nobody would send, each tried in a child with limits; exit code 1 where one broke.

`python -m tests.fuzz --cases 200000 [--seed 1] [--target midi]`. Cases that broke something are kept under
`tests/fuzz/corpus/TARGET/`, and tried first from then on, by every `make test` too.
"""

import argparse
import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.cases import CORPUS, SHARES, cases_of
from tests.fuzz.runner import Child, Summary

DEEP_SHARE = 0.3
"""Of the MIDI files at least so many are to come to the notes; else the mutations are too wild."""

_TELL_SECONDS = 30.0


def main() -> int:
    """Try cases of every target, or of one; the sum of it all stands in the last line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000, help="how many in all")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same gives the same cases")
    parser.add_argument("--target", choices=sorted(SHARES), help="only this one")
    asked = parser.parse_args()
    shares = {asked.target: 1.0} if asked.target else SHARES
    sys.stdout.write(f"seed {asked.seed}\n")
    summaries = {
        target: _tried(target, round(asked.cases * share), asked.seed) for target, share in shares.items()
    }
    faults = sum(len(summary.faults) for summary in summaries.values())
    is_shallow = "midi" in summaries and summaries["midi"].deep < DEEP_SHARE * summaries["midi"].cases
    if is_shallow:
        sys.stdout.write(f"fewer than {DEEP_SHARE:.0%} of the MIDI files came to the notes\n")
    cases = sum(summary.cases for summary in summaries.values())
    sys.stdout.write(f"{cases} cases, {faults} faults\n")
    return 1 if faults or is_shallow else 0


def _tried(target: str, count: int, seed: int) -> Summary:
    summary, begun = Summary(), time.monotonic()
    with Child(target) as child:
        child.try_all(_told(target, cases_of(target, count, seed, child.greeting), summary), summary)
    for fault in summary.faults:
        sys.stdout.write(f"{target}: {fault.cause}\n{fault.trace}  kept as {_kept(target, fault.case)}\n")
    outcomes = ", ".join(f"{count} {told}" for told, count in summary.outcomes.most_common())
    share = summary.deep / max(summary.cases, 1)
    sys.stdout.write(
        f"{target}: {summary.cases} cases in {time.monotonic() - begun:.0f} s: {outcomes}; "
        f"{share:.1%} came to the {'notes' if target == 'midi' else 'end'}; "
        f"slowest {summary.slowest_seconds:.2f} s, memory {summary.memory_kib / 1024:.0f} MiB\n"
    )
    return summary


def _told(target: str, cases: Iterator[bytes], summary: Summary) -> Iterator[bytes]:
    """The same cases; now and then it is said how far they are."""
    told = time.monotonic()
    for case in cases:
        yield case
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            sys.stdout.write(f"{target}: {summary.cases} cases, {len(summary.faults)} faults\n")
            sys.stdout.flush()


def _kept(target: str, case: bytes) -> Path:
    suffix = ".mid" if target == "midi" else ".json"
    path = CORPUS / target / f"{hashlib.sha256(case).hexdigest()[:12]}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(case)
    return path


if __name__ == "__main__":
    sys.exit(main())
