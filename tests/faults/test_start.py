"""Whoever cannot begin says why in a sentence, and exits with 2."""

from pathlib import Path

from tests.faults.conftest import Street
from tests.faults.processes import Surroundings, ended
from tests.faults.servers import free_port, guarded_valkey


def test_what_cannot_begin_says_so(surroundings: Surroundings, street: Street, tmp_path: Path) -> None:
    with guarded_valkey(tmp_path) as server:
        refused = [
            ("refuses us: check user and password", ["compose"], {"REDIS_URL": server.url_refused}),
            ("cannot be used", ["compose"], {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}),
            (
                "No worker was heard within 0.2 s: start one with `etude worker`",
                ["compose"],
                {"REDIS_URL": server.url, "ETUDE_WORKER_WAIT_SECONDS": 0.2},
            ),
            ("REDIS_URL is not set: a worker needs to know where jobs come from", ["worker"], {}),
            (
                "GPU",
                ["worker", "--device", "cuda"],
                {"REDIS_URL": street.url, "CUDA_VISIBLE_DEVICES": ""},  # even where there is one
            ),
        ]
        started = [
            (sentence, surroundings.etude(*arguments, **settings))
            for sentence, arguments, settings in refused
        ]
        for sentence, process in started:
            outcome = ended(process)
            assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome
            assert sentence in outcome.err
            assert "wrong" not in outcome.err  # the password
