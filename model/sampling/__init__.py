"""Composing with the network: draws, constraints, and a piece in the making; no torch, no runtime."""
