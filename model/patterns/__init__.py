"""Piano pieces made by rules of our own in the manner of minimalist music; numpy only, no corpus read."""
