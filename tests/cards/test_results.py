from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cards.catalogue import LANGUAGES
from cards.message import Message
from cards.report import Estimate, Report
from cards.results import CHARTS, exported, results, top
from tests.cards.discord_rules import assert_sendable
from tests.cards.hostile import FEW, locales, texts

NOTHING: dict[str, Any] = {
    "estimate": None,
    "interval": None,
    "sample": {"listeners": 0, "pieces": 0, "votes": 0},
}
NO_REACTIONS = {"all": NOTHING, "by_style": [], "own": NOTHING, "pieces": []}
EMPTY = {"version": 1, "study": None, "reactions": NO_REACTIONS}


def figure(estimate: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    interval = {"low": low, "high": high, "level": 0.95}
    sample = {"listeners": 20, "pieces": 12, "votes": 1040}
    return {"estimate": estimate, "interval": interval, "sample": sample, "unknown": [1]} | more


def told(name: str, conditions: int = 2) -> Report:
    """A report in which conditions are called by a name."""
    points = {"points": 12.3, "points_interval": {"low": -0.4, "high": 60.8, "level": 0.95}}
    rows = [figure(3.456, 3.1, 3.9, condition=name, **points) for _ in range(conditions)]
    shares = [figure(0.58, 0.4, 0.7, condition=name) for _ in range(conditions)]
    study = {
        "name": name,
        "state": "open",
        "votes": {
            "answered": 1100,
            "counted": {"duel": 40, "guess": 40, "listen": 960},
            "checks": {"repeated": 30, "trapping": 20},
            "left_out": {"too_early": 7, "deleted": 0, "own": 3, "unreliable": 0},
        },
        "listeners": {"answered": 20, "unreliable": ["0f3e"], "intervals_trusted_from": 8},
        "mos": rows,
        "own": {"mos": rows, "guesses": 2, "duels": 1},
        "agreement": figure(0.41, 0.3, 0.5),
        "comparisons": [
            figure(0.2, -0.1, 0.5, first=name, second=f"{name} 2", holm_p_value=0.0512),
            *[figure(-1.25, -1.6, -0.9, first=name, second="human", holm_p_value=0.0002)] * (conditions - 1),
            NOTHING | {"first": name, "second": "unheard", "holm_p_value": None},
        ],
        "equivalences": [
            figure(0.1, -0.1, 0.3, condition=name, human="human", bound=0.5, is_equivalent=is_equivalent)
            for is_equivalent in (True, False, None)
        ],
        "pieces": [
            figure(4.2, 4, 4.5, consensus=one)
            for one in ("preferred by all", None, "preferred by all", "no consensus")
        ],
        "duels": {"strengths": rows, "both_bad": 4},
        "guesses": {"all": figure(0.58, 0.4, 0.7), "d_prime": figure(0.4, 0.1, 0.7), "called_human": shares},
    }
    styles = [figure(4, 3.5, 4.5, style="any")]
    reactions = {"all": figure(4, 3.5, 4.5), "by_style": styles, "own": NOTHING, "pieces": []}
    return Report.model_validate({"version": 1, "study": study, "reactions": reactions})


def values(message: Message) -> dict[str, str]:
    assert message.embed is not None
    return {field.name: field.value for field in message.embed.fields}


def test_all_figures_are_told_with_what_they_rest_on() -> None:
    message = results(told("late_romantic"), CHARTS, "en")
    assert message.embed is not None
    assert message.embed.description.splitlines() == [
        "Study “late\\_romantic”, still open",
        "Listeners: 20 · votes: 1,100 · counted: 1,040 · only to check listeners: 50 · left out: 10",
        "too early: 7, own piece: 3",
    ]
    assert message.pictures == tuple(each.filename for each in message.attachments) == CHARTS
    cards = message.to_payload()["embeds"]
    assert [card.get("image") for card in cards] == [
        None,
        *({"url": f"attachment://{name}"} for name in CHARTS),
    ]
    assert [each.alt_text.split("late_romantic: ")[1:2] for each in message.attachments] == [
        ["3.46 (3.1 to 3.9) · "],
        ["12 (0 to 61) · "],
        ["58% (40% to 70%) · "],
        [],
    ]
    assert message.attachments[3].alt_text.endswith("any: 4 (3.5 to 4.5)")
    shown = values(message)
    line = r"late\_romantic: **3.46 (3.1 to 3.9)** · votes: 1,040, listeners: 20"
    assert shown["Blind ratings, 1 to 5 (mean)"].splitlines()[0] == line
    assert shown["Blind ratings, 1 to 5 (mean)"].splitlines()[2:] == [
        "Agreement of listeners (Krippendorff's alpha): 0.41 (0.3 to 0.5)",
        "Excerpts preferred by all: 2 · no consensus: 1",
    ]
    assert shown["Differences of blind ratings (p: Wilcoxon, Holm)"].splitlines() == [
        r"human over late\_romantic: **1.25 (0.9 to 1.6)** · p < 0.001",
        r"late\_romantic over late\_romantic 2: **0.2 (-0.1 to 0.5)** · p = 0.051",
        r"late\_romantic: as good as human, to within 0.5 points",
    ]
    assert "**12 (0 to 61)**" in shown["Blind pairs (Elo points, 0 is the mean)"]
    assert shown["Human or machine?"].startswith("Right: **58% (40% to 70%)**")
    assert "d-prime: 0.4 (0.1 to 0.7), 0 is chance" in shown["Human or machine?"]
    assert shown["Own pieces, left out above"].endswith("Guesses: 2 · pairs: 1")
    assert "Reactions to own pieces, left out above" not in shown


def test_of_many_conditions_the_first_are_told() -> None:
    shown = values(results(told("style", 11), [], "de"))
    assert "und 3 weitere" in shown["Blinde Bewertungen, 1 bis 5 (Mittel)"]
    assert "und 3 weitere" in shown["Unterschiede blinder Bewertungen (p: Wilcoxon, Holm)"]


@pytest.mark.parametrize(("unreliable", "is_told"), [(0, False), (12, False), (13, True), (20, False)])
def test_where_few_careful_listeners_are_left_intervals_are_not_to_be_trusted(
    unreliable: int, is_told: bool
) -> None:
    report = told("romantic").model_dump()
    report["study"]["listeners"]["unreliable"] = [str(number) for number in range(unreliable)]
    message = results(Report.model_validate(report), [], "en")
    assert message.embed is not None
    assert (
        "With fewer than 8 listeners the intervals are too narrow." in message.embed.description
    ) is is_told


@pytest.mark.parametrize("locale", LANGUAGES)
def test_where_there_is_nothing_it_is_said(locale: str) -> None:
    message = results(Report.model_validate(EMPTY), [], locale)
    assert_sendable(message.to_payload())
    assert values(message) == {}
    assert_sendable(top([], locale).to_payload())


def test_another_version_is_refused() -> None:
    with pytest.raises(ValidationError):
        Report.model_validate(EMPTY | {"version": 2})


@FEW
@given(texts.filter(str.strip), st.integers(1, 12), locales)
def test_whatever_studies_and_conditions_are_called(name: str, conditions: int, locale: str) -> None:
    pieces = [("23456789ab", name, Estimate.model_validate(figure(4.2, 4, 5)))] * 10
    for message in (
        results(told(name, conditions), CHARTS, locale),
        exported(name, "1 MB", locale),
        top(pieces, locale),
    ):
        assert_sendable(message.to_payload())
