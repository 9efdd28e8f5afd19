"""What listeners leave behind: the pieces that were composed, and what was thought of them."""
