"""A piece's message as plain data, and the catalogue of all texts; no Discord client in it."""
