"""Takes a request and makes a piece of it: sample, render, encode, draw."""
