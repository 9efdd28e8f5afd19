import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.errors import RequestError
from jobs.keys import KEYS, parse_key, suggest_keys


def test_index_is_tonic_plus_twelve_if_minor() -> None:
    assert len(set(KEYS)) == 24
    assert KEYS[0] == "C major"
    assert KEYS[11] == "B major"
    assert KEYS[12 + 0] == "C minor"
    assert KEYS[12 + 9] == "A minor"


@pytest.mark.parametrize("name", KEYS)
def test_canonical_names_are_understood_as_themselves(name: str) -> None:
    assert parse_key(name) == name
    assert parse_key(name.upper()) == name
    assert parse_key(f"  {name.lower()} ") == name


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("c min", "C minor"),
        ("Cm", "C minor"),
        ("CM", "C major"),
        ("C MAJ", "C major"),
        ("a", "A major"),
        ("Am", "A minor"),
        ("am", "A minor"),
        ("Bb", "Bb major"),
        ("B♭", "Bb major"),
        ("b flat", "Bb major"),
        ("bbm", "Bb minor"),
        ("bm", "B minor"),
        ("f# minor", "F# minor"),
        ("F♯m", "F# minor"),
        ("F sharp minor", "F# minor"),
        ("f-sharp min", "F# minor"),
        ("E flat major", "Eb major"),
        ("E-flat", "Eb major"),
        ("A natural minor", "A minor"),
        ("A# minor", "Bb minor"),
        ("Cb major", "B major"),
        ("F# major", "Gb major"),
        ("Db minor", "C# minor"),
        ("B#", "C major"),
        ("es-moll", "Eb minor"),
        ("Es-Dur", "Eb major"),
        ("as moll", "G# minor"),
        ("fis-moll", "F# minor"),
        ("Ges-Dur", "Gb major"),
        ("B-Dur", "Bb major"),
        ("H-Dur", "B major"),
        ("h-moll", "B minor"),
        ("c moll", "C minor"),
        ("ab-Dur", "Ab major"),
        ("F# moll", "F# minor"),
        ("Bb-Dur", "Bb major"),
    ],
)
def test_what_people_type(typed: str, key: str) -> None:
    assert parse_key(typed) == key


@pytest.mark.parametrize(
    "typed",
    [
        "H minor",
        "",
        " ",
        "m",
        "minor",
        "c##",
        "cx minor",
        "fis",
        "H",
        "hb dur",
        "h# moll",
        "k dur",
        "C minor 7",
    ],
)
def test_what_is_no_key_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(RequestError) as refusal:
        parse_key(typed)
    assert f'"{typed}"' in str(refusal.value)
    assert '"F# minor"' in str(refusal.value)


tonics = st.text("abcdefgh ABCDEFGH#b♭♯", min_size=1, max_size=4)
modes = st.sampled_from(["", "m", "M", " dur", "-moll", " major", "MIN", "is-dur", "es moll"])


@given(st.text() | st.builds(str.__add__, tonics, modes))
@example("\u017f")
def test_any_text_is_a_key_or_a_sentence(typed: str) -> None:
    try:
        told = parse_key(typed)
    except RequestError as refusal:
        told = str(refusal)
    assert told in KEYS or told.startswith("Key ")
    assert len(told.splitlines()) == 1
    assert set(suggest_keys(typed)) <= set(KEYS)


def test_nothing_typed_suggests_every_key() -> None:
    assert suggest_keys("") == list(KEYS)
    assert suggest_keys("", limit=5) == list(KEYS[:5])


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("c", ["C major", "C minor", "C# minor", "Db major"]),
        ("cb major", ["B major"]),
        ("c ma", ["C major"]),
        ("cm", ["C minor", "C major"]),
        ("f sha", ["Gb major", "F# minor"]),
        ("C# maj", ["Db major"]),
        ("B♭ m", ["Bb minor", "Bb major"]),
        ("fis-moll", ["F# minor"]),
        ("H", []),
    ],
)
def test_suggestions_follow_what_is_typed(typed: str, names: list[str]) -> None:
    assert suggest_keys(typed) == names
