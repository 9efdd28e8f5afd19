"""Whether a piece is one of its own: fingerprints of notes, and what is met again (`docs/originality.md`)."""
