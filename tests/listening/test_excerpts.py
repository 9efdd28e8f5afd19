from listening.excerpts import ATTRIBUTION, FOLDER, bundled_excerpts
from model.corpus import STYLES
from model.midi import read_midi


def test_the_bundled_excerpts_are_few_small_and_free() -> None:
    excerpts = bundled_excerpts()
    assert len(excerpts) == 20
    assert {one.path for one in excerpts} == set(FOLDER.glob("*.mid"))
    assert sum(one.path.stat().st_size for one in excerpts) + ATTRIBUTION.stat().st_size < 300_000
    assert {one.licence for one in excerpts} == {"CC BY 4.0", "Public Domain"}
    assert all(one.attribution and one.title and one.source for one in excerpts)


def test_they_are_spread_over_styles_and_mostly_played_by_people() -> None:
    excerpts = bundled_excerpts()
    styles = {one.style for one in excerpts}
    assert styles <= set(STYLES)
    assert len(styles) >= 7
    assert sum(one.rendition == "performed" for one in excerpts) >= 16


def test_each_is_long_enough_for_a_study_and_ends_by_itself() -> None:
    for one in bundled_excerpts():
        notes = read_midi(one.path.read_bytes())
        assert min(note.start for note in notes) == 0
        assert 25 <= max(note.end for note in notes) <= 45
