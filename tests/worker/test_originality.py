"""Pieces that are too like others are sampled again, and nothing else is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from jobs.request import GenerationRequest, new_piece_id
from jobs.street import fingerprints as cache
from jobs.street.connection import connect
from model.checkpoint import Checkpoint
from model.originality.bounds import Bound
from model.originality.fingerprints import fingerprints_of
from model.originality.matching import index_of
from model.originality.training_index import TrainingIndex, load_training_index, save_training_index
from model.performance import Note
from model.sampling.randomness import renewed_seed, sub_seed
from tests.jobs.pieces import REQUEST
from tests.model.originality.pieces import after, disguised, tune
from worker.composition import compose
from worker.device import Device
from worker.earlier import EarlierInRedis
from worker.engine import Engine
from worker.network import open_network
from worker.originality import MOST_ATTEMPTS, MOST_RENEWALS, Chosen, Comparison, original
from worker.record import record_of
from worker.soundfonts import find_soundfont
from worker.stop import Stop

MEMORY = "0123456789abcdef"
FAMOUS = tune(1000)
SEED = 7


@dataclass(frozen=True)
class Sampled:
    """What a seed gives."""

    seed: int
    heard: list[Note]

    def notes(self) -> list[Note]:
        return self.heard


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> TrainingIndex:
    """A checkpoint learnt from two pieces; people share hardly anything with them."""
    folder = tmp_path_factory.mktemp("checkpoint")
    index = index_of([fingerprints_of(notes).hashes for notes in (FAMOUS, tune(1001))], [0, 1])
    none = fingerprints_of([]).hashes
    save_training_index(TrainingIndex(index, ("Famous", "Unknown"), none, (Bound(60, 15, 0.1),)), folder)
    loaded = load_training_index(folder)
    assert loaded is not None
    return loaded


@pytest.fixture
def earlier(redis: Redis) -> EarlierInRedis:
    return EarlierInRedis(redis, MEMORY)


def request(**changes: Any) -> GenerationRequest:
    fields = {"id": new_piece_id(), "seed": SEED, "is_seed_given": False}
    return REQUEST.model_copy(update=fields | changes)


def sampled(
    asked: GenerationRequest,
    comparison: Comparison,
    gives: Callable[[int], list[Note]],
    primer: list[Note] | None = None,
) -> tuple[Chosen[Sampled], list[int]]:
    """What is chosen where a seed gives these notes, and the seeds that were sampled."""
    seeds = []

    def sample(one: GenerationRequest) -> Sampled:
        assert one.model_copy(update={"seed": asked.seed}) == asked
        seeds.append(one.seed)
        return Sampled(one.seed, gives(one.seed))

    return original(asked, sample, primer or [], comparison), seeds


def test_a_piece_of_its_own_is_sampled_once(training: TrainingIndex) -> None:
    asked = request()
    chosen, seeds = sampled(asked, Comparison(training), tune)
    assert seeds == [SEED]
    assert chosen.request == asked
    assert chosen.originality is not None
    assert (chosen.originality.longest_match, chosen.originality.matched_share) == (0, 0.0)
    assert (chosen.originality.longest_in, chosen.originality.index) == (None, training.name)
    assert (chosen.originality.attempts, chosen.originality.is_alike) == (0, False)
    assert (chosen.originality.most_notes, chosen.originality.most_share) == (15, 0.1)


@pytest.mark.parametrize("is_seed_given", [True, False])
def test_a_planted_copy_is_sampled_again_from_the_same_seed(
    training: TrainingIndex, is_seed_given: bool
) -> None:
    copy = after(tune(1), disguised(FAMOUS))

    def gives(seed: int) -> list[Note]:
        return copy if seed == SEED else tune(seed % 1000)

    asked = request(is_seed_given=is_seed_given)
    chosen, seeds = sampled(asked, Comparison(training), gives)
    assert seeds == [SEED, sub_seed(SEED, 1)]
    assert chosen.request == asked
    assert chosen.originality is not None
    assert (chosen.originality.attempts, chosen.originality.is_alike) == (1, False)
    assert sampled(asked, Comparison(training), gives)[0] == chosen


def test_of_copies_only_the_least_alike_is_kept_and_said_to_be_one(training: TrainingIndex) -> None:
    def gives(seed: int) -> list[Note]:
        return after(FAMOUS[:40] if seed == sub_seed(SEED, 1) else FAMOUS, tune(2))

    chosen, seeds = sampled(request(is_seed_given=True), Comparison(training), gives)
    assert len(seeds) == 1 + MOST_ATTEMPTS
    assert chosen.sampled.seed == sub_seed(SEED, 1)
    assert chosen.originality is not None
    assert (chosen.originality.longest_in, chosen.originality.attempts) == ("Famous", 1)
    assert chosen.originality.longest_match > 15
    assert chosen.originality.is_alike


def test_a_piece_is_not_blamed_for_its_primer(training: TrainingIndex) -> None:
    def gives(seed: int) -> list[Note]:
        return after(FAMOUS, tune(seed % 1000))

    echoed = request(primer_sha256="0" * 64, primer_echo=True)
    chosen, seeds = sampled(echoed, Comparison(training), gives, primer=FAMOUS)
    assert seeds == [SEED]
    assert chosen.originality is not None
    assert (chosen.originality.longest_match, chosen.originality.matched_share) == (0, 0.0)
    unheard = echoed.model_copy(update={"primer_echo": False})
    _, seeds = sampled(
        unheard,
        Comparison(training),
        lambda _seed: after(FAMOUS[:50], tune(3)),
        primer=FAMOUS,
    )
    assert seeds == [SEED]
    _, seeds = sampled(unheard, Comparison(training), gives, primer=tune(5))
    assert len(seeds) > 1, "for what it was not given it has no excuse"


def test_without_an_index_nothing_is_compared_but_all_is_kept(earlier: EarlierInRedis, redis: Redis) -> None:
    asked = request()
    chosen, seeds = sampled(asked, Comparison(None, earlier), lambda _seed: FAMOUS)
    assert (seeds, chosen.originality) == ([SEED], None)
    assert cache.all_of(redis, MEMORY) == {asked.id: chosen.record}


def test_too_close_to_an_earlier_piece_it_gets_another_seed(
    training: TrainingIndex, earlier: EarlierInRedis, redis: Redis
) -> None:
    def gives(seed: int) -> list[Note]:
        return disguised(tune(3)) if seed == SEED else tune(seed % 1000)

    before = request(seed=3)
    earlier.put(before.id, record_of(before, fingerprints_of(tune(3)).hashes))
    asked = request()
    chosen, seeds = sampled(asked, Comparison(training, earlier), gives)
    assert seeds == [SEED, renewed_seed(SEED, 1)]
    assert chosen.request == asked.model_copy(update={"seed": renewed_seed(SEED, 1)})
    assert chosen.originality is not None
    assert (chosen.originality.earlier, chosen.originality.renewals) == (1, 1)
    assert not chosen.originality.is_alike
    assert cache.all_of(redis, MEMORY)[asked.id] == chosen.record


def test_a_seed_that_was_given_is_never_altered(training: TrainingIndex, earlier: EarlierInRedis) -> None:
    before = request(seed=3)
    earlier.put(before.id, record_of(before, fingerprints_of(tune(3)).hashes))
    asked = request(is_seed_given=True)
    chosen, seeds = sampled(asked, Comparison(training, earlier), lambda _seed: tune(3))
    assert (seeds, chosen.request) == ([SEED], asked)
    assert chosen.originality is not None
    assert chosen.originality.earlier is None
    assert chosen == sampled(asked, Comparison(training), lambda _seed: tune(3))[0]


def test_neither_itself_nor_its_own_recipe_is_an_earlier_piece(
    training: TrainingIndex, earlier: EarlierInRedis
) -> None:
    asked = request()
    sampled(asked, Comparison(training, earlier), tune)
    for again in (asked, request()):
        chosen, seeds = sampled(again, Comparison(training, earlier), tune)
        assert seeds == [SEED]
        assert chosen.originality is not None
        assert chosen.originality.earlier == 0


def test_where_all_are_alike_the_renewals_end(
    training: TrainingIndex, earlier: EarlierInRedis, redis: Redis
) -> None:
    before = request(seed=3)
    earlier.put(before.id, record_of(before, fingerprints_of(tune(3)).hashes))

    def gives(seed: int) -> list[Note]:
        return after(tune(3)[:40] if seed == SEED else tune(3), tune(4))

    asked = request()
    chosen, seeds = sampled(asked, Comparison(training, earlier), gives)
    assert len(seeds) == 1 + MOST_RENEWALS
    assert chosen.request == asked
    assert chosen.originality is not None
    assert chosen.originality.is_alike
    assert cache.all_of(redis, MEMORY)[asked.id] == chosen.record


def test_where_redis_fails_a_piece_is_made_all_the_same(training: TrainingIndex, tmp_path: Path) -> None:
    with connect(f"unix://{tmp_path}/nowhere.sock", is_patient=False) as nobody:
        chosen, seeds = sampled(request(), Comparison(training, EarlierInRedis(nobody, MEMORY)), tune)
    assert seeds == [SEED]
    assert chosen.originality is not None
    assert chosen.originality.earlier is None


def test_seeds_that_follow_from_another_are_many_and_allowed() -> None:
    seeds = [sub_seed(seed, attempt) for seed in (0, 1, 2**63 - 1) for attempt in range(20)]
    assert len(set(seeds)) == 60
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert sub_seed(99, 0) == 99
    renewed = [renewed_seed(seed, renewal) for seed in (0, 1, 2**63 - 1) for renewal in range(1, 20)]
    assert len(set(renewed)) == 57
    assert all(0 <= seed < 2**32 for seed in renewed)


@pytest.fixture(scope="module")
def engine(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(open_network(checkpoint, tmp_path_factory.mktemp("cache"), Device.CPU)) as engine:
        yield engine


@pytest.fixture
def composed(
    engine: Engine, training: TrainingIndex, earlier: EarlierInRedis
) -> Callable[[GenerationRequest], tuple[Chosen[Any], bytes]]:
    """Composes a piece for real, compared as a worker compares it."""
    soundfont = find_soundfont(None, own=Path("/nonexistent"), search=())

    def make(asked: GenerationRequest) -> Any:
        comparison = Comparison(training, earlier)
        return compose(asked, None, engine, soundfont, lambda _stage, _share: None, Stop(), comparison)

    return make


def test_ten_identical_requests_without_a_seed_give_no_matching_pair(
    composed: Callable[[GenerationRequest], Any], training: TrainingIndex
) -> None:
    pieces = [composed(request(seed=seed)) for seed in range(10)]
    assert len({piece.result.request.seed for piece in pieces}) == 10
    hashes = [fingerprints_of(notes).hashes for notes in map(notes_of, pieces)]
    for place, piece in enumerate(pieces):
        others = index_of([each for other, each in enumerate(hashes) if other != place], range(9))
        match = others.match(fingerprints_of(notes_of(piece)))
        assert training.bound(10).likeness(match) <= 1
        assert piece.result.originality.earlier == place


def test_a_request_with_a_seed_gives_the_same_bytes_whatever_was_composed_before(
    composed: Callable[[GenerationRequest], Any],
) -> None:
    seeded = request(seed=4, is_seed_given=True)
    first = composed(seeded)
    composed(request(seed=5))
    again = composed(seeded.model_copy(update={"id": new_piece_id()}))
    unseeded = composed(request(seed=4))
    assert again.midi == first.midi == unseeded.midi
    assert again.result.request.seed == 4
    assert replace(again, result=first.result, audio=first.audio, picture=first.picture) == first


def notes_of(piece: Any) -> list[Note]:
    from model.midi import read_midi

    return read_midi(piece.midi)
