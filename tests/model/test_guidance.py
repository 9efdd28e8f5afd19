import numpy as np
import pytest

from model.sampling.guidance import guided

ANSWERS = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 4.0]], dtype=np.float32)


@pytest.mark.parametrize(
    ("guidance", "expected"), [(1.0, [1, 0, 2]), (0.0, [0, 0, 4]), (1.5, [1.5, 0, 1]), (3.0, [3, 0, -2])]
)
def test_what_the_controls_change_is_enlarged(guidance: float, expected: list[float]) -> None:
    logits = guided(ANSWERS[:1], ANSWERS[1:], np.array([guidance], dtype=np.float32))
    assert logits.tolist() == [expected]
    assert logits.dtype == np.float32
