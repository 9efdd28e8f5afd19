"""Discord: slash commands, buttons, reactions. No music is made here, and no arrays are needed."""
