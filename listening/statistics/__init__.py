"""What votes say, with how much certainty: pure functions on votes, with numpy and scipy.

Every function takes votes and returns a frozen result. Data that say nothing give a result with None for what
cannot be told, never a NaN; what a result holds then is written beside each function. The order of the votes
never matters, and where chance takes part, the same generator gives the same result.
"""
