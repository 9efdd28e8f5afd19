"""Constraints, draw and keyboard as operations on tensors: many pieces go on side by side, and nobody waits.

The same as `model.sampling.constraints`, `nucleus` and `keyboard`, for a batch of one fixed size and without
a look at any number, so that a GPU can do many steps before anybody asks it for one.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.events import (
    END,
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    PITCHES,
    START,
    TIME_SHIFT,
    VELOCITY,
    VOCABULARY_SIZE,
)
from model.sampling.constraints import (
    EARLIEST_END_STEPS,
    HIGHEST_KEY,
    LARGEST_POLYPHONY,
    LAST_ONSET_STEPS,
    LATEST_END_STEPS,
    LATEST_ONSET_STEPS,
    LONGEST_NOTE_STEPS,
    LONGEST_SILENCE_STEPS,
    LOWEST_KEY,
    SHORT_REST_STEPS,
)
from model.sampling.randomness import uniforms
from model.sampling.stretch import Drawn, Stretch

_BELOW_ONE = 1 - 2.0**-53
_NEVER = 2**40

_INTEGERS = ("now", "end", "closing", "until", "previous", "silent_since", "given", "limit", "count")
_NUMBERS = ("temperature", "top_p")
_SINGLES = ("guidance", "closing_guidance")


class TorchRows:
    """Stretches laid out in tensors that stay where they are; rows without a stretch are stopped.

    Attributes:
        now, end, closing, until, previous, silent_since: as in `Stretch`; -1 before the first note.
        given: how many events are given, `limit`: how many there may be, `count`: how many there were.
        is_stopped: whether a row is not gone on with.
        is_guided: whether a row is led by what it is told.
        onsets: when each sounding pitch was struck, -1 if it does not sound, (rows, 128).
        features: what is told of all but the time left, (rows, width).
        uniforms: the random numbers that decide, by event, (rows, events).
        events: given and drawn, (rows, events).
        likelihoods: of each event that was drawn, in nats, (rows, events).
        led: the guided logits of the step at hand, (rows, 390).
        told: the same unguided.
    """

    def __init__(self, rows: int, events: int, features: int, device: torch.device) -> None:
        def zeros(*shape: int, dtype: torch.dtype = torch.int64) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        for name in _INTEGERS:
            setattr(self, name, zeros(rows))
        for name in _NUMBERS:
            setattr(self, name, zeros(rows, dtype=torch.float64))
        for name in _SINGLES:
            setattr(self, name, zeros(rows, dtype=torch.float32))
        self.is_stopped = torch.ones(rows, dtype=torch.bool, device=device)
        self.is_guided = zeros(rows, dtype=torch.bool)
        self.onsets = zeros(rows, PITCHES)
        self.features = zeros(rows, features, dtype=torch.float32)
        self.uniforms = zeros(rows, events, dtype=torch.float64)
        self.events = zeros(rows, events)
        self.likelihoods = zeros(rows, events, dtype=torch.float64)
        self.led = zeros(rows, VOCABULARY_SIZE, dtype=torch.float32)
        self.told = zeros(rows, VOCABULARY_SIZE, dtype=torch.float32)
        self._vocabulary = torch.arange(VOCABULARY_SIZE, device=device)
        self._keys = torch.arange(PITCHES, device=device)
        self._is_key = (self._keys >= LOWEST_KEY) & (self._keys <= HIGHEST_KEY)
        self._rows = torch.arange(rows, device=device)

    now: Tensor
    end: Tensor
    closing: Tensor
    until: Tensor
    previous: Tensor
    silent_since: Tensor
    given: Tensor
    limit: Tensor
    count: Tensor
    temperature: Tensor
    top_p: Tensor
    guidance: Tensor
    closing_guidance: Tensor

    def write(self, stretches: list[Stretch], limits: list[int]) -> None:
        """Lay out stretches in the first rows; the others are stopped."""
        rows, events = self.events.shape
        empty = rows - len(stretches)
        columns = {
            name: [getattr(stretch, name) for stretch in stretches]
            for name in ("now", "end", "closing", "until", "previous", *_NUMBERS, *_SINGLES)
        }
        columns["silent_since"] = [
            -1 if stretch.silent_since is None else stretch.silent_since for stretch in stretches
        ]
        counts = [min(limit, events) for limit in limits]
        given = [min(len(stretch.given), count) for stretch, count in zip(stretches, counts, strict=True)]
        columns["given"] = given
        columns["limit"] = [some or count for some, count in zip(given, counts, strict=True)]
        columns["count"] = [0] * len(stretches)
        for name, values in columns.items():
            own: Tensor = getattr(self, name)
            own.copy_(torch.tensor(values + [1] * empty, dtype=own.dtype))
        onsets = np.full((rows, PITCHES), -1)
        laid_out = np.zeros((rows, events), dtype=np.int64)
        numbers = np.zeros((rows, events))
        for row, stretch in enumerate(stretches):
            for pitch, onset in stretch.sounding.items():
                onsets[row, pitch] = onset
            laid_out[row, : given[row]] = stretch.given[: given[row]]
            numbers[row] = uniforms(stretch.random, stretch.place, events)
        self.onsets.copy_(torch.from_numpy(onsets))
        self.events.copy_(torch.from_numpy(laid_out))
        self.uniforms.copy_(torch.from_numpy(numbers))
        self.is_guided.copy_(torch.tensor([stretch.guidance != 1 for stretch in stretches] + [False] * empty))
        self.is_stopped.copy_(torch.tensor([False] * len(stretches) + [True] * empty))
        features: npt.NDArray[np.float32] = np.zeros(tuple(self.features.shape), dtype=np.float32)
        features[: len(stretches)] = [stretch.features for stretch in stretches]
        self.features.copy_(torch.from_numpy(features))

    def read(self, stretches: list[Stretch], errors: list[Exception | None]) -> list[Drawn]:
        """What came of the stretches, and what went wrong in each."""
        counts, events, likelihoods = (
            array[: len(stretches)].cpu().tolist() for array in (self.count, self.events, self.likelihoods)
        )
        return [
            Drawn(own[:count], [0.0] * count if stretch.given else nats[:count], error)
            for stretch, own, nats, count, error in zip(
                stretches, events, likelihoods, counts, errors, strict=True
            )
        ]

    def lead(self, told: Tensor, open_: Tensor) -> None:
        """Guide the network's answers, each (rows, 390): see `model.sampling.guidance`."""
        guidance = torch.where(self.now < self.closing, self.guidance, self.closing_guidance)[:, None]
        self.told.copy_(told)
        self.led.copy_(torch.where(self.is_guided[:, None], open_ + guidance * (told - open_), told))

    def go_on(self) -> None:
        """Draw an event in every row that is not stopped by what `led` says, and play it."""
        place = self.count.clamp(max=self.events.shape[1] - 1)[:, None]
        uniform = self.uniforms.gather(1, place)[:, 0]
        drawn = _drawn(self.led, self.allowed(), self.temperature, self.top_p, uniform)
        events = torch.where(self.count < self.given, self.events.gather(1, place)[:, 0], drawn)
        nats = self.told.double().log_softmax(1).gather(1, events[:, None])
        goes_on = ~self.is_stopped
        for array, new in ((self.events, events[:, None]), (self.likelihoods, nats)):
            array.scatter_(1, place, torch.where(goes_on[:, None], new, array.gather(1, place)))
        self.count += goes_on
        self._play(torch.where(goes_on, events, START))  # which changes nothing
        is_shift = (events >= TIME_SHIFT) & (events < VELOCITY)
        ends = (events == END) | (is_shift & (self.now >= self.until)) | (self.count >= self.limit)
        self.previous.copy_(torch.where(goes_on, events, self.previous))
        self.is_stopped |= ends

    def _play(self, events: Tensor) -> None:
        is_on, is_off = events < NOTE_OFF, (events >= NOTE_OFF) & (events < TIME_SHIFT)
        is_own = self._keys == torch.where(is_on, events - NOTE_ON, events - NOTE_OFF)[:, None]
        sounded = (self.onsets >= 0).any(1)
        struck = torch.where(is_own & is_on[:, None], self.now[:, None], self.onsets)
        self.onsets.copy_(torch.where(is_own & is_off[:, None], -1, struck))
        is_shift = (events >= TIME_SHIFT) & (events < VELOCITY)
        self.now += torch.where(is_shift, events - TIME_SHIFT + 1, 0)
        fell_silent = sounded & ~(self.onsets >= 0).any(1)
        self.silent_since.copy_(torch.where(fell_silent, self.now, self.silent_since))

    def allowed(self) -> Tensor:
        """Which events may come next, (rows, 390); see `model.sampling.constraints`, without levels."""
        now, end, onsets = self.now, self.end, self.onsets
        sounds = onsets >= 0
        count = sounds.sum(1)
        earliest = torch.where(sounds, onsets, _NEVER).amin(1)
        releasable = sounds & (onsets < now[:, None])
        hung = sounds & (now[:, None] - onsets >= LONGEST_NOTE_STEPS)
        is_hung, is_late = hung.any(1), (count > 0) & (now >= end + LATEST_END_STEPS)
        is_full = (count >= LARGEST_POLYPHONY) & releasable.any(1)
        due = torch.where(is_hung[:, None], hung, torch.where(is_late[:, None], sounds, releasable))
        is_due = is_hung | is_late | is_full

        may_end = (self.silent_since >= 0) & (self.silent_since >= end - EARLIEST_END_STEPS)
        until_hung = LONGEST_NOTE_STEPS - (now - earliest)
        while_sounding = torch.minimum(until_hung, end + LATEST_END_STEPS - now)
        last_onset = torch.where(may_end, end, end - LAST_ONSET_STEPS)
        silence_left = self.silent_since + LONGEST_SILENCE_STEPS - now
        while_silent = torch.minimum(silence_left, last_onset - now).clamp(min=0)
        while_silent = torch.where(self.silent_since < 0, 0, while_silent)
        longest = torch.where(count > 0, while_sounding, while_silent).clamp(max=MAX_SHIFT_STEPS)
        may_strike = (now < end + LATEST_ONSET_STEPS) & (count < LARGEST_POLYPHONY)
        may_change = may_strike & ~((self.previous >= VELOCITY) & (self.previous < START))
        ends = (count == 0) & may_end
        is_stuck = ~(may_strike | releasable.any(1) | (longest > 0) | ends | is_due)
        rests = is_stuck & (now < end + LATEST_END_STEPS)
        longest = torch.where(rests, SHORT_REST_STEPS, longest)
        ends = ends | (is_stuck & ~rests)

        free = ~is_due[:, None]
        vocabulary = self._vocabulary
        return torch.cat(
            [
                free & may_strike[:, None] & self._is_key & ~sounds,
                torch.where(is_due[:, None], due, releasable),
                free & (vocabulary[:MAX_SHIFT_STEPS] < longest[:, None]),
                free & may_change[:, None] & (vocabulary[: START - VELOCITY] >= 0),
                torch.zeros_like(free),
                free & ends[:, None],
            ],
            dim=1,
        )


def _drawn(logits: Tensor, allowed: Tensor, temperature: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    """An event in every row, (rows,); see `model.sampling.nucleus.draw`."""
    scores = torch.where(allowed, logits.double(), -torch.inf)
    weights = ((scores - scores.amax(1, keepdim=True)) / temperature[:, None]).exp()
    event, place = _shared(weights, uniform)
    own = weights.gather(1, event[:, None])
    likelier = torch.where(weights > own, weights, 0.0).sum(1)
    is_kept = (top_p >= 1) | (likelier < top_p * weights.sum(1))
    ordered = weights.sort(dim=1, descending=True).values
    mass = ordered.cumsum(1)
    last = (mass < (top_p * mass[:, -1])[:, None]).sum(1).clamp(max=weights.shape[1] - 1)
    least = ordered.gather(1, last[:, None])
    other, _ = _shared(torch.where(weights >= least, weights, 0.0), place)
    return torch.where(is_kept, event, other)


def _shared(weights: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """The events whose shares of all weights numbers in [0, 1) fall into, and where in them, in [0, 1)."""
    mass = weights.cumsum(1)
    target = uniform * mass[:, -1]
    last = (weights > 0).to(torch.int64).cumsum(1).argmax(1)  # what no number falls behind
    event = torch.minimum((mass <= target[:, None]).sum(1), last)
    own = weights.gather(1, event[:, None])[:, 0]
    place = (target - (mass.gather(1, event[:, None])[:, 0] - own)) / own
    return event, place.clamp(0.0, _BELOW_ONE)
