"""Part of :mod:`benchmarks.service`: many clients at once, and an account of every answer.

The clients speak HTTP over plain sockets: a comfortable client takes more of the two cores than the server that it is
to measure.
"""

import asyncio
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

ACCEPTABLE = frozenset({200, 201, 429, 503})
SHARE_OF_QUESTIONS = 0.9
PATIENCE_SECONDS = 60.0
Probe = Callable[[random.Random, int], dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What the clients do."""

    url: str
    probe: Probe
    """A page capture to ask with, given randomness and the number of a person."""
    people: int
    enrolled: int
    """Samples that each person had before."""
    clients: int
    seconds: float


class Account:
    """What came back."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.verified: list[float] = []
        self.acknowledged: Counter[str] = Counter()
        self.lost: list[str] = []
        self.dishonest = 0
        """Refusals that do not say when to come back."""


def crowd(plan: Plan) -> dict[str, Any]:
    """All clients at once: nine questions to one enrolment, waiting as long as they are told to."""
    account = Account()
    asyncio.run(_all(plan, account))
    missing = 0
    with httpx.Client(base_url=plan.url, timeout=PATIENCE_SECONDS) as client:
        for name, promised in account.acknowledged.items():
            stored = client.get(f"/v1/people/{name}").json()["samples"] - plan.enrolled
            missing += max(0, promised - stored)
    answers = {str(status): count for status, count in sorted(account.statuses.items())}
    return {
        "clients": plan.clients, "seconds": plan.seconds, "answers": answers,
        "not_acceptable": sum(count for status, count in account.statuses.items() if status not in ACCEPTABLE),
        "refused_without_retry_after": account.dishonest,
        "lost_requests": len(account.lost), "lost_reasons": account.lost[:3],
        "samples_promised": sum(account.acknowledged.values()), "lost_samples": missing,
        "verifications_per_second": len(account.verified) / plan.seconds, "verify_seconds": account.verified,
    }  # fmt: skip


async def _all(plan: Plan, account: Account) -> None:
    until = time.monotonic() + plan.seconds
    await asyncio.gather(*(_one(number, plan, until, account) for number in range(plan.clients)))


async def _one(number: int, plan: Plan, until: float, account: Account) -> None:
    address = urlsplit(plan.url)
    draw = random.Random(number)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while time.monotonic() < until:
        person = f"p{(index := draw.randrange(plan.people))}"
        asks = draw.random() < SHARE_OF_QUESTIONS
        question = {"strokes": plan.probe(draw, index)} | ({"person": person} if asks else {})
        request = _request("/v1/verify" if asks else f"/v1/people/{person}/samples", question)
        began = time.perf_counter()
        try:
            writer.write(request)
            status, headers = await asyncio.wait_for(_answer(reader), PATIENCE_SECONDS)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            account.lost.append(repr(error))
            writer.close()
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            continue
        account.statuses[status] += 1
        if status in (429, 503):
            account.dishonest += "retry-after" not in headers
            await asyncio.sleep(draw.uniform(0.5, 1.5) * float(headers.get("retry-after", 0)))
        elif status == 200 and asks:
            account.verified.append(time.perf_counter() - began)
        elif status == 201:
            account.acknowledged[person] += 1
        if headers.get("connection") == "close":
            writer.close()
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.close()


def _request(path: str, question: dict[str, Any]) -> bytes:
    body = json.dumps(question, separators=(",", ":")).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {secrets.token_hex(8)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of one whole answer."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers["content-length"]))
    return int(first.split()[1]), headers
