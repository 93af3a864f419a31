"""The service under load: ``python -m benchmarks.service [--quick] --json``.

On SQLite and on PostgreSQL, each with 10,000 enrolled people: how long a verification takes in process and over HTTP,
and what 200 clients meet who ask as fast as they can. Rows compare with what no service can beat on this machine: the
bare verification, and a bare route that reads the same body. ``load`` counts every answer; lost are requests without
one, and samples that were promised and are not stored. Writes ``benchmarks/results/service.json`` unless ``--quick``.
"""

import argparse
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, select

from benchmarks.document import arguments, publish
from benchmarks.service_crowd import Plan, crowd
from benchmarks.service_runs import run_rows
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_page import from_page_json, to_page_json
from shoestring.service.models import PACKAGED
from shoestring.service.store import Store
from shoestring.service.store.engine import writing
from shoestring.service.store.tables import marked, people, samples, templates
from shoestring.similarity.replay import trace
from shoestring.similarity.verifier import Verifier, load
from tests.service import postgres

REFERENCES, PROBES, WRITERS = 5, 3, 40

SERVER = """
import sys
from pathlib import Path
from shoestring.service.server import serve
from shoestring.service.settings import Settings
serve(Settings(port=0, database=sys.argv[1], runs=Path(sys.argv[2]), max_samples=100_000))
"""
BARE = """
import uvicorn
from fastapi import FastAPI
from shoestring.service.server import bind
from shoestring.service.verify import VerifyBody
app = FastAPI()
@app.post("/v1/verify")
async def verify(body: VerifyBody) -> dict[str, str]:
    return {"decision": "accept"}
@app.get("/readyz")
async def readyz() -> dict[str, bool]:
    return {"ready": True}
listener = bind("127.0.0.1", 0)
print(f"bare at http://127.0.0.1:{listener.getsockname()[1]}/", flush=True, file=__import__("sys").stderr)
uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run(sockets=[listener])
"""


class Writers:
    """Generated people: page captures to enrol and to ask with."""

    def __init__(self, count: int) -> None:
        drawn = synthetic_set(count, REFERENCES + PROBES, 0, seed=11)
        each = REFERENCES + PROBES
        self.pages = [[to_page_json(drawn[row * each + k]) for k in range(each)] for row in range(count)]

    def probe(self, draw: random.Random, person: int) -> dict[str, Any]:
        return draw.choice(self.pages[person % len(self.pages)][REFERENCES:])


def fill(url: str, writers: Writers, verifier: Verifier, count: int) -> None:
    """Enrol ``count`` people. Their signatures repeat after ``len(writers.pages)``; rows and indexes do not."""
    store = Store.open(url)
    made = []
    for pages in writers.pages:
        name = secrets.token_hex(8)
        store.put_person(name)
        items = [from_page_json(page) for page in pages[:REFERENCES]]
        for page, item in zip(pages, items, strict=False):
            store.add_sample(name, page, genuine=True, points=len(item), trace=trace(item))
        with store.engine.connect() as connection:
            mine = select(people.c.id).where(people.c.name == marked(name)).scalar_subquery()
            rows = connection.execute(select(samples).where(samples.c.person == mine)).mappings().all()
        made.append(([dict(row) for row in rows], verifier.enrol(items)))
        store.forget(name)
    with writing(store.engine) as connection:
        now = time.time()
        connection.execute(
            insert(people), [{"id": 10**6 + n, "name": marked(f"p{n}"), "created": now} for n in range(count)]
        )
        for start in range(0, count, 500):
            chosen = [(n, *made[n % len(made)]) for n in range(start, min(start + 500, count))]
            rows = [row | {"person": 10**6 + n, "id": secrets.token_hex(8)} for n, own, _ in chosen for row in own]
            connection.execute(insert(samples), rows)
            stored = [
                {
                    "person": 10**6 + n,
                    "matcher": t.matcher,
                    "body": t.to_bytes(),
                    "bytes": len(t.payload),
                    "changed": now,
                }
                for n, _, t in chosen
            ]
            connection.execute(insert(templates), stored)
    store.close()


@contextmanager
def running(code: str, *arguments: str) -> Iterator[str]:
    """A server in a process of its own; gives its address once it is ready."""
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url = process.stderr.readline().split()[-1]
        while httpx.get(url + "readyz").status_code != 200:
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return {"p50": 1000 * statistics.median(ordered), "p99": 1000 * ordered[int(0.99 * (len(ordered) - 1))]}


def in_process(url: str, writers: Writers, verifier: Verifier, count: int, repeats: int) -> list[float]:
    """Seconds of single verifications of random people, template read from the store, nothing remembered."""
    store, draw, taken = Store.open(url), random.Random(1), []
    for _ in range(repeats):
        person = draw.randrange(count)
        page = writers.probe(draw, person)
        began = time.perf_counter()
        signature = from_page_json(page)
        known = store.enrolment(f"p{person}", verifier.fingerprint)
        assert known.template is not None
        verifier.verify(known.template, signature)
        taken.append(time.perf_counter() - began)
    store.close()
    return taken


def over_http(url: str, writers: Writers, count: int, repeats: int) -> list[float]:
    """Seconds of the same from one client that asks one after the other."""
    draw, taken = random.Random(2), []
    with httpx.Client(base_url=url, timeout=60) as client:
        for _ in range(repeats):
            person = draw.randrange(count)
            body = json.dumps({"person": f"p{person}", "strokes": writers.probe(draw, person)})
            began = time.perf_counter()
            answer = client.post("/v1/verify", content=body, headers={"Content-Type": "application/json"})
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
    return taken


def row(name: str, peer: str, values: tuple[float, float, float], unit: str) -> dict[str, Any]:
    """``values``: ours, theirs, limit. The ratio is how many times better ours is; peers are bounds: it is below 1."""
    ours, theirs, limit = values
    ratio = ours / theirs if unit.endswith("/s") else theirs / ours
    return {
        "name": name, "peer": peer, "ratio": ratio, "low": ratio, "high": ratio, "ours": ours, "theirs": theirs,
        "unit": unit, "limit": limit,
    }  # fmt: skip


def measure(
    kind: str, url: str, folder: Path, sizes: argparse.Namespace
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All of it on one kind of store."""
    writers, verifier = Writers(sizes.writers), load(PACKAGED / "pen")
    say(f"{kind}: enrolling {sizes.people} people")
    fill(url, writers, verifier, sizes.people)
    say(f"{kind}: in process")
    inside = in_process(url, writers, verifier, sizes.people, sizes.repeats)
    alone, bare = quantiles(inside), {}
    with running(BARE) as address:
        bare = quantiles(over_http(address, writers, sizes.people, sizes.repeats))
    with running(SERVER, url, str(folder / "runs")) as address:
        say(f"{kind}: over HTTP")
        http = quantiles(over_http(address, writers, sizes.people, sizes.repeats))
        say(f"{kind}: {sizes.clients} clients for {sizes.seconds} s")
        load_found = crowd(Plan(address, writers.probe, sizes.people, REFERENCES, sizes.clients, sizes.seconds))
        load_found["verify_ms"] = quantiles(load_found.pop("verify_seconds"))
    where = f"{kind}, {sizes.people:,} people"
    one_core = 1 / statistics.mean(inside)
    bound = "a bare route that reads the same body + the bare verification"
    rows = [
        row(f"verify over HTTP, {q} ({where})", bound, (http[q], bare[q] + alone[q], alone[q]), "ms")
        for q in ("p50", "p99")
    ]
    name = f"verifications from {sizes.clients} clients ({where})"
    answered = load_found["verifications_per_second"]
    rows.append(row(name, "the bare verification on one core", (answered, one_core, 2 * one_core), "1/s"))
    return rows, {"in_process_ms": alone, "http_ms": http, "bare_http_ms": bare, **load_found}


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main() -> None:
    """Run everything and print it."""
    options = arguments(__doc__).parse_args()
    sizes = argparse.Namespace(people=10_000, writers=WRITERS, repeats=500, clients=200, seconds=60.0, runs=1000)
    if options.quick:
        sizes = argparse.Namespace(people=200, writers=5, repeats=50, clients=50, seconds=5.0, runs=50)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    rows, loads = [], {}
    with tempfile.TemporaryDirectory(prefix="bench-service-") as name:
        folder = Path(name)
        rows += run_rows(folder, sizes.runs)
        stores: list[tuple[str, Callable[[], Any]]] = [("SQLite", lambda: at(f"sqlite:///{folder / 'people.sqlite'}"))]
        programs = postgres.installed()
        if programs is not None:
            stores.append(("PostgreSQL", lambda: postgres.running(programs)))
        for kind, opened in stores:
            with opened() as url:
                found, loads[kind] = measure(kind, url, folder, sizes)
                rows += found
    publish("service", rows, options, clock="wall, server and clients on the same cores", crowds=loads)
    if options.json:
        return
    for kind, found in loads.items():
        print(f"{kind}: {json.dumps(found)}")


@contextmanager
def at(url: str) -> Iterator[str]:
    """A store that needs no server."""
    yield url


if __name__ == "__main__":
    main()
