from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from jobs.audio import AudioFormat
from jobs.request import new_piece_id
from listening.store.errors import RevisionError, StudyError
from listening.store.humans import StoredHuman
from listening.store.store import Store
from listening.store.study import StudyState
from listening.study.design import Condition, Design, Origin
from tests.listening.prepared import prepared

COUNTS = {"romantic": 2, "human": 2, "shuffled": 1}


def add(store: Store, study: Design, condition: Condition) -> None:
    excerpt = replace(study.excerpts[0], id=new_piece_id(), condition=condition.name)
    store.studies.add(study.name, condition, excerpt, b"", b"", AudioFormat.MP3)


def test_a_study_is_prepared_opened_and_closed(store: Store) -> None:
    design = prepared(store, COUNTS, is_open=False)
    assert [one.title for one in design.excerpts] == [
        "romantic no. 0",
        "romantic no. 1",
        "human no. 0",
        "human no. 1",
        "shuffled no. 0",
    ]
    assert store.studies.opened() is store.studies.latest() is None
    opened = store.studies.open("spring")
    assert (opened.state, opened.design) == (StudyState.OPEN, design)
    assert opened.design_sha256 == design.digest()
    assert store.studies.opened() == store.studies.latest() == opened
    closed = store.studies.close("spring")
    assert closed.state is StudyState.CLOSED
    assert opened.opened_at is not None
    assert closed.closed_at is not None
    assert closed.created_at < opened.opened_at < closed.closed_at
    assert store.studies.opened() is None
    assert store.studies.latest() == store.studies.get("spring") == closed


def test_the_latest_study_is_the_open_one_or_else_the_one_that_was_closed_last(store: Store) -> None:
    for name in ("one", "two"):
        prepared(store, COUNTS, name=name)
        store.studies.close(name)
    prepared(store, COUNTS, name="draft", is_open=False)
    latest = store.studies.latest()
    assert latest is not None
    assert latest.design.name == "two"
    store.studies.open("draft")
    latest = store.studies.latest()
    assert latest is not None
    assert latest.design.name == "draft"
    assert [study.design.name for study in store.studies.all()] == ["one", "two", "draft"]


def test_once_opened_a_design_is_frozen(store: Store) -> None:
    design = prepared(store, COUNTS)
    for state in (StudyState.OPEN, StudyState.CLOSED):
        if state is StudyState.CLOSED:
            store.studies.close("spring")
        with pytest.raises(StudyError, match="frozen"):
            add(store, design, design.conditions[0])
        with pytest.raises(StudyError, match="frozen"):
            store.studies.open("spring")
        with pytest.raises(StudyError, match="frozen"):
            store.studies.discard("spring")
        assert store.studies.get("spring").state is state
        assert store.studies.get("spring").design == design


def test_whatever_was_changed_behind_its_back_is_noticed(store: Store, database_url: str) -> None:
    prepared(store, COUNTS)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM study_excerpts WHERE number = 1"))
    engine.dispose()
    for read in (lambda: store.studies.get("spring"), store.studies.opened, store.studies.all):
        with pytest.raises(RevisionError, match="not what was opened"):
            read()


def test_one_study_is_open_at_a_time(store: Store) -> None:
    prepared(store, COUNTS)
    prepared(store, COUNTS, name="autumn", is_open=False)
    with pytest.raises(StudyError, match="'spring' is open: close it first"):
        store.studies.open("autumn")
    store.studies.close("spring")
    assert store.studies.open("autumn").state is StudyState.OPEN
    with pytest.raises(StudyError, match="'spring' is not open"):
        store.studies.close("spring")


@pytest.mark.parametrize("counts", [{}, {"human": 3}, {"human": 3, "shuffled": 3}])
def test_a_study_without_anything_to_compare_is_not_opened(store: Store, counts: dict[str, int]) -> None:
    prepared(store, counts, is_open=False)
    with pytest.raises(StudyError, match="nothing to compare"):
        store.studies.open("spring")


def test_names_are_unique_and_known(store: Store) -> None:
    design = prepared(store, COUNTS)
    with pytest.raises(StudyError, match="give another name"):
        store.studies.create(replace(design, conditions=(), excerpts=()))
    for ask in (store.studies.get, store.studies.open, store.studies.close, store.studies.votes):
        with pytest.raises(StudyError, match="no study 'winter'"):
            ask("winter")


def test_a_condition_means_the_same_throughout_a_study(store: Store) -> None:
    design = prepared(store, COUNTS, is_open=False)
    with pytest.raises(StudyError, match="another condition 'romantic'"):
        add(store, design, Condition(name="romantic", origin=Origin.MACHINE, temperature=2.0))
    add(store, design, Condition(name="romantic hot", origin=Origin.MACHINE, temperature=2.0))
    assert [one.name for one in store.studies.get("spring").design.conditions] == [
        "romantic",
        "human",
        "shuffled",
        "romantic hot",
    ]


def test_a_draft_can_be_discarded(store: Store) -> None:
    prepared(store, COUNTS, is_open=False)
    store.studies.discard("spring")
    assert store.studies.all() == []
    prepared(store, COUNTS)


def test_files_are_kept(store: Store) -> None:
    excerpt = prepared(store, COUNTS).excerpts[3]
    assert store.studies.files(excerpt.id) == (b"notes", b"human-1", AudioFormat.MP3)
    assert store.studies.files("nothing") is None


def test_pieces_by_people_are_kept_once(store: Store) -> None:
    one = StoredHuman("Sonata", "Ann", "CC BY 4.0", b"notes")
    assert store.humans.add("1" * 64, one)
    assert not store.humans.add("1" * 64, one)
    assert store.humans.all() == [one]
