"""Sampled pieces kept in a folder, so that sampling may be interrupted, and measuring repeated."""

import ast
import hashlib
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

import model.form
import model.playability
import model.sampling
from model.performance import Events
from model.sampling.order import Order
from worker.choosing import best, submit_all
from worker.engine import Engine
from worker.sampling import Sampling
from worker.stop import Stop

AT_ONCE = 16
"""How many candidates are sampled side by side, those of one piece at least."""

_PROGRAM = (
    "controls",
    "events",
    "exemplars",
    "keyboard",
    "keys",
    "performance",
    "performance_controls",
    "piece",
    "style_discriminant",
    "style_features",
)
"""Modules of `model` that, besides the packages that draw, decide what is drawn."""

_TENSOR = "events"


class Samples:
    """A folder of sampled pieces, one file each.

    A file is named after all that decides the piece: the order, the checkpoint, what runs the network, and
    the program that draws; comments and layout of that program do not count.
    """

    def __init__(self, folder: Path, engine: Engine, candidates: int = 1) -> None:
        """Take a folder; it is made if it is not there.

        Args:
            folder: where pieces are kept.
            engine: samples what is not there.
            candidates: of so many the best is kept.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._engine = engine
        self._candidates = candidates
        self._origin = {
            "checkpoint": engine.checkpoint.digest,
            "sampler": str(engine.sampler),
            "program": _program_digest(),
            **({"candidates": str(candidates)} if candidates > 1 else {}),
        }

    def get(self, orders: Sequence[Order], report: Callable[[int, int], None]) -> list[Events]:
        """The events of each order's piece, END left out; what the folder lacks is sampled and kept.

        Args:
            orders: what is asked for.
            report: called with how many pieces were sampled, and how many the folder lacked, from 0 on.
        """
        named = {self._path(order): order for order in orders}
        lacking = [path for path in named if _read(path) is None]
        sampled = 0
        begun: deque[tuple[Path, list[Sampling]]] = deque()
        report(0, len(lacking))
        while lacking or begun:
            while lacking and (not begun or (len(begun) + 1) * self._candidates <= AT_ONCE):
                path = lacking.pop(0)
                begun.append((path, submit_all(self._candidates, named[path], self._engine, Stop())))
            path, samplings = begun.popleft()
            self._write(path, named[path], best(samplings).events)
            sampled += 1
            report(sampled, sampled + len(begun) + len(lacking))
        return [load_file(self._path(order))[_TENSOR] for order in orders]

    def _path(self, order: Order) -> Path:
        text = json.dumps({**self._origin, "order": _as_json(order)}, sort_keys=True)
        return self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.safetensors"

    def _write(self, path: Path, order: Order, events: Sequence[int]) -> None:
        """Keep a piece, all or nothing, with what it was made from, for people who look into the folder."""
        partial = path.with_name(path.name + ".partial")
        meta = {**self._origin, "order": json.dumps(_as_json(order))}
        save_file({_TENSOR: np.array(events, dtype=np.uint16)}, partial, metadata=meta)
        partial.replace(path)


def _read(path: Path) -> Events | None:
    """The events kept in a file; None where there is none, or a damaged one."""
    try:
        return load_file(path)[_TENSOR]
    except (FileNotFoundError, SafetensorError, KeyError):
        return None


def _as_json(order: Order) -> dict[str, Any]:
    values = {field.name: getattr(order, field.name) for field in fields(order)}
    return {**values, "asked": dict(order.asked), "primer": order.primer.tolist()}


def _program_digest() -> str:
    """A hash of the program that draws: the packages that do, and what they are built on."""
    folders = [
        Path(path) for package in (model.form, model.playability, model.sampling) for path in package.__path__
    ]
    modules = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    modules += [folders[0].parent / f"{name}.py" for name in _PROGRAM]
    texts = [ast.dump(ast.parse(path.read_text(encoding="utf-8"))) for path in modules]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
