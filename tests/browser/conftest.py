"""A real server with a temporary home, and a real Chromium that reports everything it asks for or complains about."""

import json
import math
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from shoestring.core.folder import RunFolder
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.service.app import create_app
from shoestring.service.models import Models
from shoestring.service.server import bind
from shoestring.service.settings import Settings
from shoestring.similarity.calibration import Targets
from shoestring.similarity.collection import Collections
from shoestring.similarity.matchers.dtw_references import DtwReferences
from shoestring.similarity.verifier import Verifier
from tests.similarity.vectors import clumps

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip
PATIENCE = 60_000
"""Milliseconds that a page may take, on a busy machine; only a test that fails waits so long."""
expect.set_options(timeout=PATIENCE)

SCRIPTS = Path(__file__).parent / "scripts"


def script(name: str) -> str:
    """A function that is evaluated inside the page."""
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")


@dataclass
class Studio:
    """A running studio."""

    url: str
    runs: Path


@dataclass
class Watched:
    """A page and what it did."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)

    def open(self, path: str) -> Page:
        """Go to a path of the studio and wait until it is drawn."""
        self.page.goto(self.url + path)
        self.page.wait_for_selector("main h2, main .pad, main table, main .notice, main .lead")
        return self.page

    def expect_refusal(self, status: int) -> None:
        """The browser logs every answer that is an error: this one was asked for, however often and late it comes."""
        self.refusals.add(status)
        assert any(self._is_refusal(line, status) for line in self.complaints)

    def unexpected(self) -> list[str]:
        """Complaints that no test asked for. It is the tests that read what is painted back, not the pages."""
        return [
            line
            for line in self.complaints
            if not line.startswith("Canvas2D: Multiple readback operations")
            and not any(self._is_refusal(line, status) for status in self.refusals)
        ]

    @staticmethod
    def _is_refusal(line: str, status: int) -> bool:
        return line.startswith("Failed to load resource") and f"status of {status} " in line

    def foreign(self) -> list[str]:
        """Requests that left the machine."""
        local = {"127.0.0.1", "localhost", None}
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme.startswith("http") and urlsplit(url).hostname not in local
        ]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def verifier() -> Verifier:
    """A verifier fitted in a few seconds, with targets that fourteen synthetic people can support."""
    people = synthetic_set(20, genuine=7, forgeries=3, seed=1)
    train = people.identity < "synthetic-1-00007"
    return Verifier.calibrate(
        DtwReferences().fit(None, people.subset(train)), people.subset(~train), references=3,
        targets=Targets(false_accept=0.4, false_reject=0.4), random_per_subject=2, title="synthetic writers, for tests",
    )  # fmt: skip


@pytest.fixture(scope="session")
def studio(verifier: Verifier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("home")
    runs = home / "runs"
    for preset, rate, level in (("quick", 0.01, 0.20), ("slow", 0.001, 0.35)):
        for seed in range(5):
            make_run(runs, preset, {"rate": rate, "model": {"units": 8}}, seed, level)
    models = Models()
    models.add("pen", verifier)
    settings = Settings(port=0, runs=runs, database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    fill_collection(settings)
    yield from serving(settings, models, runs)


def fill_collection(settings: Settings) -> None:
    """Four groups of ten rows, two of them equal, in the collection ``given``."""
    store = Collections.open(settings.collections_url)
    vectors, label = clumps(4, 10, width=8)
    vectors[21] = vectors[3]
    rows = [{"id": f"r{n}", "text": f"row {n} of group {g}", "group": int(g), "vector": v}
            for n, (v, g) in enumerate(zip(vectors, label, strict=True))]  # fmt: skip
    store.create("given").add(rows)
    store.close()


def serving(settings: Settings, models: Models, runs: Path) -> Iterator[Studio]:
    """Serve from a thread until the generator is closed."""
    app = create_app(settings, models=models)
    with bind("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        app.state.service.closing = lambda: server.should_exit
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Studio(f"http://127.0.0.1:{listener.getsockname()[1]}", runs)
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One for all tests: its cache keeps them fast. A test that stores something in the browser takes it back."""
    opened = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light", reduced_motion="reduce")
    yield opened
    opened.close()


@pytest.fixture
def watched(context: BrowserContext, studio: Studio) -> Iterator[Watched]:
    """A page; the test fails if anything was logged as an error or asked from another machine."""
    page = context.new_page()
    found = Watched(page, studio.url)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on(
        "console",
        lambda message: found.complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.set_default_timeout(PATIENCE)
    yield found
    page.close()
    assert found.foreign() == []
    assert found.unexpected() == []


def painted(page: Page) -> None:
    """Wait until what the page knows now is on it: painting follows a frame after an event."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def make_run(root: Path, preset: str, table: dict[str, Any], seed: int, level: float) -> RunFolder:
    """A finished run folder whose curve falls towards ``level`` with some noise."""
    nested = "".join(
        f"[{key}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in value.items())
        for key, value in table.items()
        if isinstance(value, dict)
    )
    flat = "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items() if not isinstance(value, dict))
    folder = RunFolder.create(root, preset, flat + nested, {"recipe": "example", "preset": preset, "seed": seed})
    noise = np.random.default_rng([seed, round(1000 * level)])
    steps = range(0, 1001, 20)
    values = [level + (1 - level) * math.exp(-step / 200) + 0.02 * noise.normal() for step in steps]
    lines = [{"attempt": 1, "from": 0}]
    lines += [{"attempt": 1, "step": s, "t": 0.01 * s, "k": "loss", "v": v} for s, v in zip(steps, values, strict=True)]
    (folder.path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    spending = [{"kind": "labels", "n": 40, "step": step} for step in steps if step]
    (folder.path / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in spending))
    result = {"value": values[-1] / 2, "low": values[-1] / 3, "high": values[-1]}
    summary = {
        "status": "done", "step": 1000, "seconds": 10.0, "seed": seed, "last": {"loss": values[-1]},
        "metrics": {"error": result}, "spent": {"labels": 2000},
    }  # fmt: skip
    (folder.path / "summary.json").write_text(json.dumps(summary))
    folder.update(status="done")
    return folder
