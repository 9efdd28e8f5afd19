"""The compiled kernel: the network in whole numbers, and the events drawn of it, without Python in between.

`worker/integer_kernel.c` is built when Etude is installed, if there is a C compiler (`pyproject.toml`). It is
a plain shared library, loaded with ctypes: whoever calls it holds no lock of Python's meanwhile. Where it is
missing, `worker.plain_kernel` computes the same, to the last bit.
"""

import ctypes
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import structlog

from model import events as vocabulary
from model.controls import ControlSet
from model.integer_network import HIDDEN_ZERO, IntegerNetwork, IntegerProduct, age_bytes, feature_bytes
from model.sampling import constraints

_log = structlog.get_logger(__name__)

_LIBRARY = "worker._integer_kernel"

_LANES, _DEPTH, _FOUR = 8, 4, 32  # as in the kernel

ROW = np.dtype(
    [
        ("slots", np.int32, 2),
        ("now", np.int32),
        ("end", np.int32),
        ("closing", np.int32),
        ("pause", np.int32),
        ("previous", np.int32),
        ("silent_since", np.int32),
        ("forced", np.int32),
        ("limit", np.int32),
        ("count", np.int32),
        ("is_stopped", np.int32),
        ("onsets", np.int32, vocabulary.PITCHES),
        ("random", np.uint64),
        ("step", np.int64),
        ("temperature", np.float64),
        ("top_p", np.float64),
        ("guidance", np.float32),
        ("closing_guidance", np.float32),
    ],
    align=True,
)
"""A piece while it is gone on with, all times in steps.

`slots` are those of its states: told, and open (-1 if it is not guided). `pause` is from when on it is not
gone on with after a TIME_SHIFT, `closing` from when on it is led by `closing_guidance`, `silent_since` -1
before the first note. Of at most `limit` events the first `forced` are given, the others drawn; `count` is
how many there were. `random` is `Randomness.state`, `step` the number of the event to come.
"""

_RULES = {
    "vocabulary": vocabulary.VOCABULARY_SIZE,
    "note_on": vocabulary.NOTE_ON,
    "note_off": vocabulary.NOTE_OFF,
    "time_shift": vocabulary.TIME_SHIFT,
    "velocity": vocabulary.VELOCITY,
    "start": vocabulary.START,
    "end": vocabulary.END,
    "max_shift": vocabulary.MAX_SHIFT_STEPS,
    "lowest_key": constraints.LOWEST_KEY,
    "highest_key": constraints.HIGHEST_KEY,
    "longest_note": constraints.LONGEST_NOTE_STEPS,
    "largest_polyphony": constraints.LARGEST_POLYPHONY,
    "longest_silence": constraints.LONGEST_SILENCE_STEPS,
    "earliest_end": constraints.EARLIEST_END_STEPS,
    "latest_onset": constraints.LATEST_ONSET_STEPS,
    "latest_end": constraints.LATEST_END_STEPS,
    "last_onset": constraints.LAST_ONSET_STEPS,
    "short_rest": constraints.SHORT_REST_STEPS,
}


class _Rules(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in _RULES]


class _Product(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in ("outputs", "bytes", "inputs", "constants")),
        *((name, ctypes.c_void_p) for name in ("weights", "of_inputs", "scales", "constant")),
    ]


class _Network(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in ("layers", "hidden", "padded", "features")),
        *((f"time_left_{name}", ctypes.c_int32) for name in ("first", "width", "steps")),
        ("largest_age", ctypes.c_int32),
        ("products", ctypes.POINTER(_Product)),
        ("time_left", ctypes.c_void_p),
        ("age_bytes", ctypes.c_void_p),
        ("rules", _Rules),
    ]


class _Batch(ctypes.Structure):
    _fields_ = [
        ("rows", ctypes.c_int32),
        ("most_events", ctypes.c_int32),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("row", "features", "hidden", "cell", "told", "sums"),
                *("gates", "logits", "led", "events", "surplus", "mass"),
            )
        ),
    ]


def open_library() -> ctypes.CDLL | None:
    """The compiled kernel; None where it was not built, or was built of other sources."""
    spec = find_spec(_LIBRARY)
    if spec is None or spec.origin is None:
        return None
    try:
        library = ctypes.CDLL(spec.origin)
        size = library.etude_size_of_row()
    except (OSError, AttributeError) as error:
        _log.warning("integer_kernel.unusable", path=spec.origin, cause=str(error))
        return None
    if size != ROW.itemsize:
        _log.warning("integer_kernel.unusable", path=spec.origin, cause="it was built of other sources")
        return None
    return library


class Workspace:
    """Where a batch of rows is written to and read from, for so many rows and events at most.

    Attributes:
        row: shape (rows,), of `ROW`.
        features: control features as bytes, (rows, features).
        logits: of each row, told and open, (rows, 2, 390); what lies between them in memory is of no meaning.
        led: of each row, guided, (rows, 390).
        events: given and drawn, (rows, events).
        surplus: of each event that was drawn, its logit less the largest one, unguided, (rows, events).
        mass: the sum of the exponentials of all events' surplus, (rows, events).
    """

    def __init__(self, network: IntegerNetwork, rows: int, events: int) -> None:
        size, gates = (_in_lanes(len(network.products[place].scales)) for place in (-1, 0))
        self.row = np.zeros(rows, dtype=ROW)
        self.features = np.zeros((rows, network.features), dtype=np.uint8)
        self._logits = np.zeros((rows, 2, size), dtype=np.float32)
        self.logits = self._logits[:, :, : vocabulary.VOCABULARY_SIZE]
        self._led = np.zeros((rows, size), dtype=np.float32)
        self.led = self._led[:, : vocabulary.VOCABULARY_SIZE]
        self.events = np.zeros((rows, events), dtype=np.int16)
        self.surplus = np.zeros((rows, events))
        self.mass = np.ones((rows, events))
        self._gates = np.zeros(5 * network.hidden, dtype=np.float32)
        self._told = np.zeros((rows, gates + size), dtype=np.int32)
        self._sums = np.zeros((rows, 2, max(gates, size)), dtype=np.int32)

        self._written: tuple[States, _Batch] | None = None

    def written(self, rows: int, states: "States") -> _Batch:
        """The same as the kernel reads it."""
        if self._written is None or self._written[0] is not states:
            self._written = states, self._addresses(states)
        batch = self._written[1]
        batch.rows = rows
        return batch

    def _addresses(self, states: "States") -> _Batch:
        arrays = {
            "row": self.row,
            "features": self.features,
            "hidden": states.hidden,
            "cell": states.cell,
            "told": self._told,
            "sums": self._sums,
            "gates": self._gates,
            "logits": self._logits,
            "led": self._led,
            "events": self.events,
            "surplus": self.surplus,
            "mass": self.mass,
        }
        addresses = {name: array.ctypes.data for name, array in arrays.items()}
        return _Batch(most_events=self.events.shape[1], **addresses)


class States:
    """The states of performances, by slot; none is moved.

    Attributes:
        hidden: bytes, (slots, layers, padded); what fills them up is 0.
        cell: float32, (slots, layers, hidden).
    """

    def __init__(self, hidden: npt.NDArray[np.uint8], cell: npt.NDArray[np.float32]) -> None:
        self.hidden = hidden
        self.cell = cell

    @classmethod
    def of(cls, network: IntegerNetwork, slots: int) -> "States":
        """Those of so many performances that begin."""
        states = cls(
            np.zeros((slots, network.layers, network.padded), dtype=np.uint8),
            np.zeros((slots, network.layers, network.hidden), dtype=np.float32),
        )
        states.hidden[:, :, : network.hidden] = HIDDEN_ZERO
        return states

    def enlarged(self) -> "States":
        """The same with twice as many slots, 16 at least; what is new is 0."""
        more = max(len(self.cell), 16)
        hidden, cell = (
            np.concatenate([part, np.zeros((more, *part.shape[1:]), dtype=part.dtype)])
            for part in (self.hidden, self.cell)
        )
        return States(hidden, cell)


def _in_lanes(outputs: int) -> int:
    """So many outputs, filled up to whole blocks."""
    return -(-outputs // _FOUR) * _FOUR


def _as_read(product: IntegerProduct) -> list[npt.NDArray[np.generic]]:
    """Weights in blocks, those of inputs, scales and constants; as many outputs as fill whole blocks."""
    missing = _in_lanes(len(product.scales)) - len(product.scales)
    weights = np.pad(product.weights, ((0, missing), (0, 0)))
    blocks = weights.reshape(-1, _LANES, weights.shape[1] // _DEPTH, _DEPTH).swapaxes(1, 2)
    rest = [np.pad(array, ((0, 0), (0, missing))) for array in (product.inputs, product.constants)]
    arrays = [blocks, rest[0], np.pad(product.scales, (0, missing)), rest[1]]
    return [np.ascontiguousarray(array) for array in arrays]


class Kernel:
    """A network, ready to be computed with."""

    def __init__(self, library: ctypes.CDLL, network: IntegerNetwork, controls: ControlSet) -> None:
        self._library = library
        table = controls.time_left
        time_left = np.ascontiguousarray(feature_bytes(table.features))
        ages = age_bytes()
        arrays = [_as_read(product) for product in network.products]
        products = (_Product * len(arrays))()
        self._alive = [time_left, ages, products, arrays]  # what the addresses below point to
        for place, (product, own) in enumerate(zip(network.products, arrays, strict=True)):
            outputs, width = product.weights.shape
            addresses = (array.ctypes.data for array in own)
            products[place] = _Product(
                _in_lanes(outputs), width, len(product.inputs), len(product.constants), *addresses
            )
        self._network = _Network(
            network.layers,
            network.hidden,
            network.padded,
            network.features,
            table.first,
            time_left.shape[1],
            len(time_left),
            len(ages) - 1,
            products,
            time_left.ctypes.data,
            ages.ctypes.data,
            _Rules(**_RULES),
        )

    def answer(self, workspace: Workspace, rows: int, states: States) -> None:
        """Take one step of the network for the first rows; `features` tell of the time left, too."""
        self._call(self._library.etude_answer, workspace, rows, states)

    def lead(self, workspace: Workspace, rows: int, states: States) -> None:
        """Take one step of the network for the first rows, and guide it: `led` is what comes of it.

        Here and in `stride` the features leave the time left open, which the kernel tells by itself.
        """
        self._call(self._library.etude_lead, workspace, rows, states)

    def go_on(self, workspace: Workspace, rows: int, states: States) -> None:
        """Draw an event for each of the first rows by what stands in `led`, and play it."""
        self._call(self._library.etude_go_on, workspace, rows, states)

    def stride(self, workspace: Workspace, rows: int, states: States) -> None:
        """Go on with each of the first rows until its limit, its pause or its END."""
        self._call(self._library.etude_stride, workspace, rows, states)

    def _call(self, function: Callable[..., None], workspace: Workspace, rows: int, states: States) -> None:
        function(ctypes.byref(self._network), ctypes.byref(workspace.written(rows, states)))
