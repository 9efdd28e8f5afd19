from cards.estimates import figure, lines_of, p_value, share
from cards.report import Estimate, Interval, OfCondition, Sample

SAMPLE = Sample(listeners=3, pieces=2, votes=5)
INTERVAL = Interval(low=0.251, high=0.5, level=0.95)


def test_a_figure_is_told_with_its_interval_if_there_is_one() -> None:
    assert figure(Estimate(estimate=0.333, interval=INTERVAL, sample=SAMPLE), "de") == "0,33 (0,25 bis 0,5)"
    assert share(Estimate(estimate=0.333, interval=INTERVAL, sample=SAMPLE), "en") == "33% (25% to 50%)"
    for told in (figure, share):
        assert told(Estimate(estimate=None, interval=None, sample=SAMPLE), "en") == "none"
        assert "(" not in told(Estimate(estimate=1.0, interval=None, sample=SAMPLE), "en")


def test_a_p_value_is_never_none_at_all() -> None:
    assert p_value(0.0004, "en") == "< 0.001"
    assert p_value(0.001, "en") == "= 0.001"
    assert p_value(0.0312, "de") == "= 0,031"
    assert p_value(1.0, "en") == "= 1"


def test_a_list_says_how_many_more_there_are() -> None:
    one = OfCondition(condition="a*b", estimate=1.0, interval=None, sample=SAMPLE)
    lines = lines_of([(one, "1")] * 9, "en").splitlines()
    assert lines[0] == r"a\*b: **1** · votes: 5, listeners: 3"
    assert (len(lines), lines[-1]) == (9, "and 1 more")
