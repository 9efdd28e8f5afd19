"""Performance events, controls, the LSTM, sampling, training and evaluation.

Knows neither Redis nor Discord nor FluidSynth, and imports no other package of Etude.
"""
