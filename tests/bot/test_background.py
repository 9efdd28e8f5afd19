"""A fault in the background is logged, and the work goes on."""

import asyncio

import pytest
from structlog.testing import capture_logs

import bot.background
from bot.background import kept_up


def test_work_that_a_fault_ends_is_begun_again_until_it_is_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.background, "AGAIN_SECONDS", 0.0)
    begun = 0

    async def keep() -> bool:
        goes_on = asyncio.Event()

        async def work() -> None:
            nonlocal begun
            begun += 1
            if begun < 3:
                raise RuntimeError("a fault")
            goes_on.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(kept_up(work))
        await asyncio.wait_for(goes_on.wait(), 10)
        task.cancel()
        await asyncio.wait((task,))
        return task.cancelled()

    with capture_logs() as logs:
        assert asyncio.run(keep())
    assert (begun, [line["event"] for line in logs]) == (3, ["background.fault"] * 2)
