"""Several things at once, until one of them ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def race(*parts: Coroutine[Any, Any, object]) -> None:
    """Run until one part ends, then end the others and wait for them. Raises what the one raised, as it is."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
