"""The levels that a piece can be asked for at: what a student can play."""

LEVELS = ("easy", "medium", "advanced")
"""From the easiest up; without one a piece is as hard as its style."""
