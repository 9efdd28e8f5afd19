"""Classifier-free guidance: more of what the controls change.

Ho and Salimans 2022, "Classifier-free diffusion guidance"; for language models Sanchez et al. 2023, "Stay on
topic with classifier-free guidance". The network was trained with controls left open now and then, so it can
be asked twice: with what it is told, and with every control open.
"""

import numpy as np
import numpy.typing as npt


def guided(answers: npt.NDArray[np.float32], guidance: float) -> npt.NDArray[np.float32]:
    """The logits of a guided step, (390,).

    Args:
        answers: the network's logits with the controls and with every control open, (2, 390).
        guidance: 1 gives the first, 0 the second, and above 1 what the controls change is enlarged.
    """
    told, untold = answers
    logits: npt.NDArray[np.float32] = untold + np.float32(guidance) * (told - untold)
    return logits
