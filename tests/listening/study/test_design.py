from dataclasses import replace

import pytest

from listening.study.design import Condition, Origin
from tests.listening.study.designs import design


def test_equal_designs_have_equal_digests_and_any_change_another() -> None:
    one = design({"romantic": 2, "human": 2})
    assert one.digest() == design({"romantic": 2, "human": 2}).digest()
    other_excerpt = replace(one.excerpts[0], audio_sha256="3" * 64)
    changes = [
        replace(one, seconds=21.0),
        replace(one, seed=4),
        replace(one, excerpts=one.excerpts[::-1]),
        replace(one, excerpts=(other_excerpt, *one.excerpts[1:])),
        replace(one, conditions=(*one.conditions, Condition(name="new", origin=Origin.MACHINE))),
    ]
    assert len({one.digest(), *(changed.digest() for changed in changes)}) == 6


def test_trapping_items_and_conditions_without_excerpts_are_not_compared() -> None:
    names = [one.name for one in design({"romantic": 1, "human": 1, "shuffled": 1, "baroque": 0}).compared]
    assert names == ["romantic", "human"]


def test_a_condition_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        design({"human": 1}).condition("romantic")
