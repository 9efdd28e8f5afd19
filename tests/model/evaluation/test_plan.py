from model.evaluation.plan import Counts, Mood, Part, Planned, plan
from model.keys import KEYS

MOODS = (Mood("calm", 3.5, 45.0), Mood("neutral", None, None))
COUNTS = Counts(main=12, short=1, long=2, moods=2)


def planned(densities: dict[str, list[float]]) -> list[Planned]:
    return plan(["pop", "latin"], COUNTS, densities, MOODS, {"temperature": 0.9})


def test_every_style_gets_its_pieces() -> None:
    pieces = planned({})
    counts = {part: sum(one.part is part for one in pieces) for part in Part}
    assert counts == {Part.MAIN: 24, Part.SHORT: 2, Part.LONG: 4, Part.MOODS: 4}
    main = [one for one in pieces if one.part is Part.MAIN]
    assert [one.order.seed for one in main] == [*range(1, 13)] * 2
    assert {one.key for one in main} == set(range(24))
    assert all(
        one.order.asked == {"style": one.style, "key": KEYS[one.key], "rendition": "performed"}
        for one in main
    )
    assert {one.order.temperature for one in pieces} == {0.9}
    assert {one.order.seconds for one in pieces if one.part is Part.LONG} == {180.0}


def test_every_other_piece_asks_for_a_density_of_real_pieces() -> None:
    real = [float(density) for density in range(11)]  # 20 % are 2 or less, 80 % are 8 or less
    asked = [one.order.asked.get("density") for one in planned({"pop": real}) if one.part is Part.MAIN]
    assert asked[:12:2] == [None] * 6
    assert asked[1:12:2] == [2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
    assert asked[12:] == [None] * 12  # of latin nothing is known


def test_moods_differ_in_nothing_else() -> None:
    calm, neutral, *_ = [one for one in planned({}) if one.part is Part.MOODS]
    assert (calm.mood, neutral.mood) == ("calm", "neutral")
    assert (calm.order.seed, calm.key, calm.style) == (neutral.order.seed, neutral.key, neutral.style)
    assert calm.order.asked == {**neutral.order.asked, "density": 3.5, "loudness": 45.0}
