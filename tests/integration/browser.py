"""One headless Chromium for many pages, spoken to by its DevTools protocol: what pages say, ask for and look like."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync",
    "--disable-component-update", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-port=0",
    "--window-size=1280,900",
)  # fmt: skip
PATIENCE = 120


class Browser:
    """A running Chromium with one page. `said` and `asked` hold console lines and addresses since the last visit."""

    def __init__(self, profile: Path):
        log = (profile / "chromium.log").open("w+")
        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stderr=log,
            stdout=subprocess.DEVNULL,
        )
        self.stack = ExitStack()
        self.socket = self.stack.enter_context(
            connect(self._address(profile), max_size=None, open_timeout=PATIENCE)
        )
        self.number, self.session, self.events = 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _address(self, profile: Path) -> str:
        """Where DevTools listens. Raises TimeoutError where Chromium does not start."""
        for _ in range(PATIENCE * 10):
            found = re.search(r"DevTools listening on (ws://\S+)", (profile / "chromium.log").read_text())
            if found:
                return found[1]
            try:
                self.process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise TimeoutError((profile / "chromium.log").read_text()[-500:])

    def call(self, method: str, **params: Any) -> dict:
        """The result of a command; events that come before it are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        self.socket.send(json.dumps(message | ({"sessionId": self.session} if self.session else {})))
        while True:
            answer = json.loads(self.socket.recv(timeout=PATIENCE))
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def visit(self, url: str) -> None:
        """Open an address and wait until it is loaded and its scripts have run."""
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=url)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(json.loads(self.socket.recv(timeout=PATIENCE)))
        self.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")

    def run(self, script: str) -> Any:
        """The value of a script on the page."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    @property
    def said(self) -> list[dict]:
        """Console lines, exceptions and messages of the browser about the page."""
        kinds = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        return [e["params"] for e in self.events if e.get("method") in kinds]

    @property
    def asked(self) -> list[str]:
        """Addresses that the page asked for."""
        sent = [e["params"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [p["request"]["url"] for p in sent]

    def close(self) -> None:
        self.stack.close()
        self.process.terminate()
        self.process.wait(PATIENCE)


# Texts whose contrast with the ground behind them is under 4.5 (WCAG AA), with the ratio; figures are left to their colours.
FAINT = """
(() => {
  document.querySelectorAll("details").forEach((d) => { d.open = true; });
  const parse = (c) => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, low) => [0, 1, 2].map((i) => top[i] * top[3] + low[i] * (1 - top[3]));
  const grounds = new Map();
  const ground = (e) => {
    if (!e) return [255, 255, 255];
    if (!grounds.has(e)) { const c = parse(getComputedStyle(e).backgroundColor); grounds.set(e, c[3] === 1 ? c.slice(0, 3) : over(c, ground(e.parentElement))); }
    return grounds.get(e);
  };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const found = [], seen = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || seen.has(e) || e.closest("svg, script, style") || !e.getClientRects().length) continue;
    seen.add(e);
    const low = ground(e), top = over(parse(getComputedStyle(e).color), low);
    const [a, b] = [light(low), light(top)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push([walk.currentNode.data.trim().slice(0, 40), Math.round(ratio * 100) / 100]);
  }
  return {texts: seen.size, found: found.slice(0, 10)};
})()
"""
