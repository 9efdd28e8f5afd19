"""How a worker may edit the message of a request made in chat: apart from the job, and only for a while.

Discord's token of an interaction is a secret for 15 minutes. It never stands in a job's data, whose JSON is
kept, listed and logged elsewhere.
"""

from typing import cast

from pydantic import Field, SecretStr, field_serializer
from redis import Redis

from jobs.contract import Contract
from jobs.street import names


class Interaction(Contract):
    """What is needed to edit the original response of an interaction.

    Attributes:
        application_id: Discord's id of the application.
        token: of the interaction.
        attachment_bytes: the largest file that its channel takes.
    """

    application_id: int
    token: SecretStr
    attachment_bytes: int = Field(gt=0)

    @field_serializer("token", when_used="json")
    def _reveal(self, token: SecretStr) -> str:
        return token.get_secret_value()


def put_interaction(redis: Redis, task_id: str, interaction: Interaction) -> None:
    """Let the worker that does a task edit its message, for as long as Discord allows it."""
    redis.set(names.interaction(task_id), interaction.model_dump_json(), ex=names.INTERACTION_SECONDS)


def get_interaction(redis: Redis, task_id: str) -> Interaction | None:
    """Returns how to edit the message of a task; None where it has none, or its time is over."""
    payload = redis.get(names.interaction(task_id))
    return None if payload is None else Interaction.model_validate_json(cast(bytes, payload))


def close_to_progress(redis: Redis, task_id: str) -> None:
    """Say that delivery has begun: from now on no progress may be shown over it, by no worker."""
    redis.set(names.fence(task_id), 1, ex=names.INTERACTION_SECONDS)


def is_open_to_progress(redis: Redis, task_id: str) -> bool:
    """Whether progress may still be shown: not once delivery has begun, nor once the task is settled."""
    # In this order, as settling takes both away: whoever finds no fence then, finds no interaction either.
    return not redis.exists(names.fence(task_id)) and bool(redis.exists(names.interaction(task_id)))
