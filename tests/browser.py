"""A page in headless Chromium, driven over two pipes: what a test of the lesson asks of a real browser.

The browser speaks the DevTools protocol on its file descriptors 3 and 4, one JSON document and a NUL at a time, so it
opens no port and needs no other package. Without a Chromium a test is skipped with the reason "NOT RUN: no Chromium".
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
SECONDS = 60
"""The longest that one answer may take: a machine that is shared by many can be slow to start a browser."""

PATIENCE = 30_000
"""Milliseconds after which an expression is stopped: a loop without end must not hold up the tests that follow."""

MISSING = "NOT RUN: no Chromium"


def chromium() -> str | None:
    """Return the browser's path, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class PageError(AssertionError):
    """The page threw, or the browser refused."""


class Browser:
    """One Chromium; open pages with `page`."""

    def __init__(self, path: str) -> None:
        self._home = tempfile.mkdtemp(prefix="noncommit-chromium-")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()

        def descriptors() -> None:
            os.dup2(os.dup(theirs_in), 3)
            os.dup2(os.dup(theirs_out), 4)

        # Both ends are moved away from 3 and 4 first, so that neither is overwritten before it is copied.
        theirs_in, theirs_out = (os.dup(os.dup(os.dup(fd))) for fd in (theirs_in, theirs_out))
        self._process = subprocess.Popen(
            [path, *FLAGS, f"--user-data-dir={self._home}", "about:blank"],
            pass_fds=(3, 4, theirs_in, theirs_out), preexec_fn=descriptors,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = ours_in, ours_out
        self._number = 0
        self._rest = b""
        self._listeners: dict[str, Callable[[str, dict[str, Any]], None]] = {}

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise PageError(f"Chromium has not answered within {SECONDS} s")
            data = os.read(self._in, 1 << 20)
            if not data:
                raise PageError("Chromium has ended")
            self._rest += data
        line, self._rest = self._rest.split(b"\0", 1)
        return json.loads(line)

    def _heard(self, message: dict[str, Any]) -> None:
        listener = self._listeners.get(message.get("sessionId", ""))
        if listener is not None and "method" in message:
            listener(message["method"], message["params"])

    def send(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Send a command and return its result; events that arrive meanwhile go to their page."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + SECONDS
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise PageError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._heard(answer)

    def wait(self, session: str, until: Callable[[], bool]) -> None:
        """Listen until a condition holds."""
        deadline = time.monotonic() + SECONDS
        while not until():
            self._heard(self._receive(deadline))

    @contextmanager
    def page(self) -> Iterator["Page"]:
        """Open a tab, and close it at the end."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        self._listeners[session] = page.heard
        try:
            page.start()
            yield page
        finally:
            del self._listeners[session]
            self.send("Target.closeTarget", targetId=target)

    def close(self) -> None:
        """End the browser and remove its files."""
        try:
            self.send("Browser.close")
            self._process.wait(SECONDS)
        except (PageError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        shutil.rmtree(self._home, ignore_errors=True)


class Page:
    """A tab: `errors` are exceptions and console errors, `requests` the addresses asked for but the page's own."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.address = ""
        self._loaded = False

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol to this tab."""
        return self._browser.send(method, self._session, **params)

    def start(self) -> None:
        """Listen to what the page does."""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def heard(self, method: str, params: dict[str, Any]) -> None:
        """Record an event."""
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.errors.append(_thrown(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(arg.get("value", arg.get("description"))) for arg in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            if url.split("#")[0] != self.address.split("#")[0]:
                self.requests.append(url)

    def open(self, file: Path, hash: str = "") -> None:  # noqa: A002 - what the address bar calls it
        """Load a file and wait until it has loaded."""
        self.address, self._loaded = file.resolve().as_uri() + hash, False
        failed = self.send("Page.navigate", url=self.address).get("errorText")
        if failed:
            raise PageError(failed)
        self._browser.wait(self._session, lambda: self._loaded)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, promises awaited; what it throws is a PageError.

        Numbers that JSON lacks come back as floats; typed arrays are to be spread by the expression.
        """
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, timeout=PATIENCE
        )
        if "exceptionDetails" in answer:
            raise PageError(_thrown(answer["exceptionDetails"]))
        result = answer["result"]
        return (
            float(result["unserializableValue"].rstrip("n")) if "unserializableValue" in result else result.get("value")
        )

    def numbers(self, expression: str) -> Any:
        """Return an array of numbers, NaN, infinities and the sign of zero included, as NumPy's float64."""
        import numpy as np

        code = f"(() => {{ const v = Float64Array.from({expression}); const b = new Uint8Array(v.buffer); let s = ''; "
        code += "for (let i = 0; i < b.length; i += 8192) s += String.fromCharCode(...b.subarray(i, i + 8192)); "
        return np.frombuffer(base64.b64decode(self.evaluate(code + "return btoa(s); })()")), dtype="<f8")

    def call(self, function: str, *args: Any) -> Any:
        """Return function(...args) for arguments that JSON can say; NaN and infinities among them are allowed."""
        said = ", ".join(json.dumps(arg) for arg in args)  # json writes NaN and Infinity, which JavaScript reads
        return self.evaluate(f"({function})({said})")

    def key(self, key: str, *, modifiers: int = 0) -> None:
        """Press and release a key, by its name: "Tab", "ArrowRight", "Enter", "a"."""
        codes = {
            "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
            "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Backspace": 8, "Delete": 46,
        }  # fmt: skip
        code = codes.get(key, ord(key.upper()[0]))
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        common = {
            "key": key,
            "code": key if len(key) > 1 else "",
            "windowsVirtualKeyCode": code,
            "modifiers": modifiers,
        }
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def place(self, selector: str) -> tuple[float, float]:
        """Scroll an element into view and return the middle of it."""
        found = self.call(
            "(s) => { const e = document.querySelector(s); if (!e) return null; e.scrollIntoView({block: 'center'}); "
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }",
            selector,
        )
        if found is None:
            raise PageError(f"nothing matches {selector}")
        return found[0], found[1]

    def click(self, selector: str) -> None:
        """Press and release the mouse in the middle of an element."""
        x, y = self.place(selector)
        self.drag((x, y), (x, y))

    def drag(self, start: tuple[float, float], stop: tuple[float, float]) -> None:
        """Press the mouse at one point, move it to another and release it."""
        for kind, (x, y) in (("mousePressed", start), ("mouseMoved", stop), ("mouseReleased", stop)):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def viewport(self, width: int, height: int, *, scale: float = 1, mobile: bool = False) -> None:
        """Make the window this large, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )

    def emulate(self, *, media: str = "", **features: str) -> None:
        """Pretend a medium ("print") and features, as prefers_reduced_motion="reduce"."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=media, features=listed)

    def screenshot(self, file: Path, *, whole: bool = False) -> None:
        """Write what is seen, or the whole page, as PNG."""
        taken = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(taken["data"]))


def _thrown(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details.get("text"))


@contextmanager
def running() -> Iterator[Browser]:
    """Start a browser, and end it; skips the test where there is none."""
    path = chromium()
    if path is None:
        pytest.skip(MISSING)
    browser = Browser(path)
    try:
        yield browser
    finally:
        browser.close()
