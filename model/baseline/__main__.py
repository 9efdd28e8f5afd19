"""`python -m model.baseline MANIFEST`: trains the hidden Markov models anew, by Baum and Welch's algorithm.

Trained on what anyone may use as they like, public-domain and CC BY files, and on the train split only. Needs
hmmlearn, which sampling does not.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hmmlearn.hmm import CategoricalHMM

from model.baseline.markov import SHIPPED
from model.baseline.melody import SYMBOLS, Symbols, symbols_of
from model.corpus import LIMITS, manifest_lines
from model.errors import MidiError
from model.midi import read_midi

STATES = 24
ITERATIONS = 60
SEED = 1

SMOOTHING = 0.02
"""Pseudo-counts of every symbol in every state, so that rare ones stay possible."""


def main() -> None:
    """Read the melodies, train a model of each mode, write both."""
    parser = argparse.ArgumentParser(prog="python -m model.baseline", description=__doc__)
    parser.add_argument("manifest", type=Path)
    asked = parser.parse_args()
    melodies: dict[str, list[Symbols]] = {"major": [], "minor": []}
    for row, _ in manifest_lines(asked.manifest):
        licence = row.get("licence", "")
        is_free = licence == "Public Domain" or licence.startswith("CC BY ")
        if not is_free or row.get("split") != "train":
            continue
        try:
            found = symbols_of(read_midi((asked.manifest.parent / row["path"]).read_bytes(), LIMITS))
        except MidiError:
            continue
        if found is not None:
            melodies["minor" if found[1] else "major"].append(found[0])
    arrays: dict[str, Any] = {}
    for mode, own in melodies.items():
        model = CategoricalHMM(
            STATES,
            n_features=SYMBOLS,
            n_iter=ITERATIONS,
            tol=10.0,
            random_state=SEED,
            emissionprob_prior=1 + SMOOTHING,
        )
        symbols = np.concatenate(own)[:, None]
        model.fit(symbols, [melody.size for melody in own])
        per_note = -model.score(symbols, [melody.size for melody in own]) / symbols.size
        sys.stderr.write(f"{mode}: {len(own)} melodies, {symbols.size} notes, {per_note:.3f} nats a note\n")
        arrays |= {
            f"{mode}_start": model.startprob_.astype(np.float32),
            f"{mode}_transition": model.transmat_.astype(np.float32),
            f"{mode}_emission": model.emissionprob_.astype(np.float16),
        }
    np.savez_compressed(SHIPPED, **arrays)


if __name__ == "__main__":
    main()
