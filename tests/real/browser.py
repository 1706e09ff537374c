"""A real Chromium, spoken to over its DevTools protocol: just enough to open, ask, press and look.

    async with browser.launch() as chromium:
        page = await chromium.open(url, width=390, height=844, scale=2, dark=True)
        assert await page.eval("document.title") == "…"
        Path("page.png").write_bytes(await page.screenshot())

``require()`` skips a test with a reason where there is no Chromium; with NIGHTMARKET_REQUIRE_REAL=1 in
the environment the test fails instead.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--mute-audio", "--hide-scrollbars",
    "--remote-debugging-port=0",
)  # fmt: skip
START_S = 30.0
WAIT_S = 20.0


def path() -> str | None:
    """Where Chromium is, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def require() -> None:
    """Skip, or fail when real machines are required, unless there is a Chromium."""
    import pytest

    if path() is None:
        reason = "no Chromium on this machine"
        if os.environ.get("NIGHTMARKET_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


class Page:
    """One tab. ``console`` are errors and warnings it logged, ``asked`` every address it requested,
    ``frames`` the texts its WebSockets received."""

    def __init__(self, wire: _Wire, session: str) -> None:
        self._wire = wire
        self._session = session
        self.console: list[str] = []
        self.asked: list[str] = []
        self.frames: list[str] = []
        wire.listeners[session] = self._hear

    async def send(self, method: str, **params: Any) -> Any:
        """Any command of the DevTools protocol."""
        return await self._wire.send(method, params, self._session)

    async def eval(self, script: str) -> Any:
        """The JSON value of an expression; promises are awaited.

        Raises:
            RuntimeError: the script threw.
        """
        got = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in got:
            details = got["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return got["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is truthy, and return it.

        Raises:
            TimeoutError: it stayed falsy for ``WAIT_S``.
        """
        async with asyncio.timeout(WAIT_S):
            while not (value := await self.eval(script)):
                await asyncio.sleep(0.05)
        return value

    async def shape(
        self, width: int, height: int, scale: float = 1, *, dark: bool = False, still: bool = False
    ) -> None:
        """Viewport in CSS px, pixels per px, colour scheme, and whether motion is reduced."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 700,
        )  # fmt: skip
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def go(self, url: str) -> None:
        """Open an address and wait for its load event."""
        loaded = asyncio.get_running_loop().create_future()
        self._wire.waits[self._session, "Page.loadEventFired"] = loaded
        await self.send("Page.navigate", url=url)
        async with asyncio.timeout(WAIT_S):
            await loaded

    async def screenshot(self) -> bytes:
        """The viewport as PNG."""
        return base64.b64decode((await self.send("Page.captureScreenshot", format="png"))["data"])

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key with its default action: ``Tab``, ``Enter``, ``ArrowRight``, ``Escape``."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowRight": 39}
        text = {"text": "\r"} if key == "Enter" else {}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key], "modifiers": 8 if shift else 0}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **about, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    async def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        await self.send("Input.insertText", text=text)

    async def click(self, selector: str) -> None:
        """A real mouse click in the middle of an element (a user gesture)."""
        x, y = await self.eval(
            "(() => { const r = document.querySelector(" + json.dumps(selector) + ").getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def close(self) -> None:
        self._wire.listeners.pop(self._session, None)
        await self.send("Page.close")

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.console.append(
                " ".join(str(one.get("value", one.get("description", ""))) for one in params["args"])
            )
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.console.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(params["url"])
        elif method == "Network.webSocketFrameReceived":
            self.frames.append(params["response"]["payloadData"])


class Chromium:
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def open(
        self, url: str, *, width: int = 1440, height: int = 900, scale: float = 1, dark: bool = False,
        still: bool = False, language: str = "en-US", before: str = "",
    ) -> Page:  # fmt: skip
        """A new tab with its own storage. ``before`` is JavaScript that runs ahead of the page's own."""
        context = (await self._wire.send("Target.createBrowserContext"))["browserContextId"]
        target = await self._wire.send(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context}
        )
        attached = await self._wire.send(
            "Target.attachToTarget", {"targetId": target["targetId"], "flatten": True}
        )
        page = Page(self._wire, attached["sessionId"])
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.send(f"{domain}.enable")
        await page.send("Emulation.setLocaleOverride", locale=language)
        before = (
            f"Object.defineProperty(navigator, 'languages', {{get: () => [{json.dumps(language)}]}});"
            + before
        )
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=before)
        await page.shape(width, height, scale, dark=dark, still=still)
        await page.go(url)
        return page


@asynccontextmanager
async def launch(*flags: str) -> AsyncIterator[Chromium]:
    """Start Chromium with a new profile; it and its profile are gone afterwards.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    program = path()
    if program is None:
        raise FileNotFoundError("no Chromium on this machine")
    profile = tempfile.mkdtemp(prefix="nightmarket-chromium-")
    child = await asyncio.create_subprocess_exec(
        program, *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        address = await _address(child)
        async with aiohttp.ClientSession() as http, http.ws_connect(address, max_msg_size=0) as socket:
            wire = _Wire(socket)
            reader = asyncio.create_task(wire.read())
            try:
                yield Chromium(wire)
            finally:
                reader.cancel()
    finally:
        if child.returncode is None:
            os.killpg(child.pid, 9)
            await child.wait()
        shutil.rmtree(profile, ignore_errors=True)


async def _address(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    async with asyncio.timeout(START_S):
        while line := await child.stderr.readline():
            if b"DevTools listening on " in line:
                address = line.decode().rpartition(" ")[2].strip()
                asyncio.get_running_loop().create_task(_drain(child.stderr))
                return address
    raise RuntimeError("Chromium ended before it listened")


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65536):
        pass


class _Wire:
    """Commands and events of all tabs over one WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.listeners: dict[str, Any] = {}
        self.waits: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def send(self, method: str, params: dict[str, Any] | None = None, session: str = "") -> Any:
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        await self._socket.send_json(message)
        async with asyncio.timeout(WAIT_S):
            return await self._answers[number]

    async def read(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame.data)
            if "id" in message:
                self._take(self._answers.pop(message["id"]), message)
                continue
            session = message.get("sessionId", "")
            waiting = self.waits.pop((session, message["method"]), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
            if session in self.listeners:
                self.listeners[session](message["method"], message["params"])

    @staticmethod
    def _take(answer: asyncio.Future[Any], message: dict[str, Any]) -> None:
        if answer.done():
            return
        if "error" in message:
            answer.set_exception(RuntimeError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])
