"""Tasks of older versions are still understood, and addresses tell the memory."""

import json

from jobs.result import GenerationResult
from jobs.task import ComposeTask, memory_of, read_task
from tests.jobs.pieces import RESULT, compose_task


def test_a_task_from_before_seeds_were_told_apart_counts_as_seeded() -> None:
    payload = json.loads(compose_task("23456789ab").model_dump_json())
    del payload["request"]["is_seed_given"]
    task = read_task(json.dumps(payload))
    assert isinstance(task, ComposeTask)
    assert task.request.is_seed_given


def test_a_result_from_before_originality_was_told_is_read() -> None:
    payload = json.loads(RESULT.model_dump_json())
    del payload["originality"]
    assert GenerationResult.model_validate(payload).originality is None


def test_an_address_is_of_a_memory() -> None:
    assert memory_of("0123456789abcdef:bot") == "0123456789abcdef"
