"""Signatures for the browser: synthetic ones in CSS pixels, and a pen that draws them through the DevTools protocol."""

import time
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_page import to_page_json
from shoestring.data.strokes import Signature

Capture = dict[str, Any]


def captures(writers: int, genuine: int, forgeries: int, seed: int) -> list[list[Capture]]:
    """For each writer its genuine samples, then its forgeries, as the page would have captured them."""
    found = synthetic_set(writers, genuine, forgeries, seed)
    each = genuine + forgeries
    return [[in_pixels(found[row]) for row in range(start, start + each)] for start in range(0, len(found), each)]


def in_pixels(
    signature: Signature, width: float = 480, height: float = 150, left: float = 60, top: float = 50
) -> Capture:
    """The page capture of a signature, fitted into a box of CSS pixels with its proportions kept."""
    capture = to_page_json(signature)
    columns = capture["columns"]
    rows = np.array(capture["rows"], dtype=float)
    box = rows[:, :2]
    scale = min((width, height) / np.maximum(np.ptp(box, axis=0), 1e-9))
    rows[:, :2] = np.round((box - box.min(axis=0)) * scale + (left, top), 3)
    whole = {columns.index("stroke"), columns.index("down")}
    capture["rows"] = [[int(v) if i in whole else float(v) for i, v in enumerate(row)] for row in rows]
    return capture


def draw(page: Page, pad: Locator, capture: Capture, pointer: str = "pen", every: int = 3) -> int:
    """Draw every ``every``-th point with its recorded time and pressure. Returns the number of pen-down points sent."""
    box = pad.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    columns = capture["columns"]
    x, y, t, p, stroke, down = (columns.index(name) for name in ("x", "y", "t", "p", "stroke", "down"))
    rows = capture["rows"]
    sent, pressed, begun = 0, False, time.time()

    def send(kind: str, row: list[float], force: float) -> None:
        event = {
            "type": kind, "x": box["x"] + row[x], "y": box["y"] + row[y], "pointerType": pointer,
            "button": "none" if kind == "mouseMoved" and not pressed else "left",
            "buttons": int(pressed and kind != "mouseReleased"), "clickCount": int(kind != "mouseMoved"),
            "timestamp": begun + row[t] / 1000,
        }  # fmt: skip
        # A mouse has no sensor: browsers report 0.5 while a button is down and 0 otherwise.
        reported = {"force": force, "tiltX": 20} if pointer == "pen" else {"force": 0.5 if event["buttons"] else 0.0}
        session.send("Input.dispatchMouseEvent", event | reported)

    for number, row in enumerate(rows):
        last_of_stroke = (
            number + 1 == len(rows) or rows[number + 1][stroke] != row[stroke] or not rows[number + 1][down]
        )
        if row[down] and not pressed:
            pressed = True
            send("mousePressed", row, row[p])
            sent += 1
        elif row[down] and (number % every == 0 or last_of_stroke):
            send("mouseMoved", row, row[p])
            sent += 1
        elif not row[down] and number % every == 0:
            send("mouseMoved", row, 0)
        if row[down] and last_of_stroke:
            send("mouseReleased", row, 0)
            pressed = False
    session.detach()
    return sent
