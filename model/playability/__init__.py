"""Whether two hands can play a piece: who plays what, how hard that is, and what a level allows."""
