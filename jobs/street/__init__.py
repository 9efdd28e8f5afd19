"""What goes through Redis between fronts and workers; `docs/street.md` lists every key."""
