"""Classifier-free guidance: more of what the controls change.

Ho and Salimans 2022, "Classifier-free diffusion guidance"; for language models Sanchez et al. 2023, "Stay on
topic with classifier-free guidance". The network was trained with controls left open now and then, so it can
be asked twice: with what it is told, and with every control open.
"""

import numpy as np
import numpy.typing as npt


def guided(
    told: npt.NDArray[np.float32], untold: npt.NDArray[np.float32], guidance: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """The logits of guided steps, (rows, 390).

    Args:
        told: the network's logits with the controls, (rows, 390).
        untold: the same with every control open.
        guidance: by row: 1 gives the first, 0 the second, and above 1 what the controls change is enlarged.
    """
    logits: npt.NDArray[np.float32] = untold + guidance[:, None] * (told - untold)
    return logits
