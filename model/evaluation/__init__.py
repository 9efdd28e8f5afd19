"""What a checkpoint's music measures beside real music of the same style; pure functions of notes."""
