"""A parent that starts a child, prints its pid and is then killed by the test."""

from __future__ import annotations

import asyncio

from engine import link


async def main() -> None:
    child = await link.spawn("tests.engine.link_child", {}, environment={"AT_ONCE": "1"})
    await child.link.receive()
    await child.link.send({"order": "stall"})
    print(child.process.pid, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
