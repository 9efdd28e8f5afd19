"""Form: where a piece goes, and what comes back in it, decided before its first note."""
