from model.evaluation.pieces import RealPiece
from model.evaluation.style_classifier import recognise
from tests.model.two_styles import run_table, waltz_table


def test_the_style_asked_for_is_recognised() -> None:
    real = [
        RealPiece(style, f"{style} {seed}", None, is_reference=True, is_flat=False, notes=make(seed))
        for style, make in (("waltz", waltz_table), ("run", run_table))
        for seed in range(6)
    ]
    sampled = {"waltz": [waltz_table(9), run_table(9)], "run": [run_table(8)], "unheard": []}
    rows = recognise(real, sampled, 20.0)
    assert list(rows) == ["all", "waltz", "run"]
    assert (rows["all"].real_recall, rows["run"].recall, rows["waltz"].recall) == (1.0, 1.0, 0.5)
    assert (rows["all"].second_real_recall, rows["run"].second_recall, rows["waltz"].second_recall) == (
        1,
        1,
        0.5,
    )
    assert rows["waltz"].second_ratio == rows["waltz"].ratio == 0.5
    assert (rows["waltz"].taken_for, rows["run"].taken_for) == ("run", "")
    assert (rows["waltz"].real_windows, rows["waltz"].real_compositions) == (6, 6)
    assert recognise(real[:7], sampled, 20.0) == {}  # the other style has one composition
