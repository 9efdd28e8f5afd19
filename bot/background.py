"""Work that goes on for as long as the bot runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

AGAIN_SECONDS = 5.0
"""After a fault the work is begun again so much later."""

_log = structlog.get_logger(__name__)


async def kept_up(work: Callable[[], Awaitable[None]]) -> None:
    """Do some work until it is canceled; where a fault of ours ends it, begin it anew.

    Otherwise one fault would end it for good while the bot seems well: pieces would no more be taken, or what
    a crash left behind no more be sent, until somebody starts the bot again.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it is, it is ours, and others must not wait for it
            _log.exception("background.fault")
        await asyncio.sleep(AGAIN_SECONDS)
