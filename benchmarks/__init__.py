"""Every speed figure that the README quotes is printed by a script here: `python -m benchmarks`."""
