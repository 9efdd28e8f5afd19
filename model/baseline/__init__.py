"""The simplest method that composes at all: a hidden Markov model that generates melodies.

Studies compare Etude with it, as a floor. It needs numpy alone; `python -m model.baseline` trains it anew.
"""
