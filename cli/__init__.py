"""The `etude` command: a thin door to all the rest."""
