"""Drawing the next event from the network's logits."""

import numpy as np
import numpy.typing as npt


def draw(
    logits: npt.NDArray[np.floating],
    allowed: npt.NDArray[np.bool_],
    *,
    temperature: float,
    top_p: float,
    uniform: float,
) -> int:
    """Draw one event by nucleus sampling (Holtzman et al. 2020).

    What is not allowed is left out first; the rest is sharpened or flattened by the temperature; then
    the least likely events are left out as long as those kept still hold `top_p` of the probability.

    Args:
        logits: of every event, shape (events,).
        allowed: which may be drawn, at least one, shape (events,).
        temperature: above 0; 1 leaves the network's probabilities as they are.
        top_p: in (0, 1]; 1 keeps everything.
        uniform: the random number that decides, in [0, 1).

    Returns:
        The index of an allowed event.
    """
    candidates = np.flatnonzero(allowed)
    scores = logits[candidates].astype(np.float64) / temperature
    order = np.argsort(-scores, kind="stable")
    weights = np.exp(scores[order] - scores[order[0]])
    mass = np.cumsum(weights)
    kept = int(np.searchsorted(mass, top_p * mass[-1])) + 1
    kept = min(kept, candidates.size)
    place = int(np.searchsorted(mass[:kept], uniform * mass[kept - 1], side="right"))
    return int(candidates[order[min(place, kept - 1)]])
