"""Slots: the numbers under which a stepper remembers performances."""

import heapq


class Slots:
    """Gives out the smallest number that is free, from 0 on."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._next = 0

    def take(self) -> int:
        """A number that nobody has."""
        if self._free:
            return heapq.heappop(self._free)
        self._next += 1
        return self._next - 1

    def give_back(self, slot: int) -> None:
        """A number is free again."""
        heapq.heappush(self._free, slot)
