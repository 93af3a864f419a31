"""Curves as inline SVG: small, without scripts, readable in light and dark and without colour."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 44
MAX_POINTS = 400
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#6b6b6b")
"""Okabe and Ito's palette, which is distinct for colour-blind readers; its yellow darkened for white paper."""
DASHES = ("", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True)
class Line:
    """One curve."""

    label: str
    points: Sequence[tuple[float, float]]
    """By rising x; what is not finite leaves a gap."""


def line_chart(lines: Sequence[Line], *, x_label: str, y_label: str) -> str:
    """An ``<svg>`` of ``lines`` on common axes with a legend; text is escaped."""
    finite = [(x, y) for line in lines for x, y in line.points if math.isfinite(x) and math.isfinite(y)]
    if not finite:
        return f"<p>{escape(y_label)}: nothing was logged.</p>"
    x_ticks = ticks(min(x for x, _ in finite), max(x for x, _ in finite))
    y_ticks = ticks(min(y for _, y in finite), max(y for _, y in finite))
    # Data may lie beyond the outermost round numbers.
    x_range = min(x_ticks[0], *(x for x, _ in finite)), max(x_ticks[-1], *(x for x, _ in finite))
    y_range = min(y_ticks[0], *(y for _, y in finite)), max(y_ticks[-1], *(y for _, y in finite))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_range[0]) / (x_range[1] - x_range[0])
        up = (y - y_range[0]) / (y_range[1] - y_range[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    legend = 18 * len(lines) if len(lines) > 1 else 0
    name = f"{escape(y_label)} over {escape(x_label)}"
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT + legend}" role="img" aria-label="{name}">']
    for value in x_ticks:
        x, y = place(value, y_range[0])
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{tick_text(value)}</text>')
    for value in y_ticks:
        x, y = place(x_range[0], value)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick_text(value)}</text>')
    parts.append(f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    for number, line in enumerate(lines):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
        style = f'stroke="{colour}"' + (f' stroke-dasharray="{dash}"' if dash else "")
        for piece in pieces(thin(line.points)):
            where = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in piece))
            if len(piece) == 1:
                x, y = place(*piece[0])
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            else:
                parts.append(f'<polyline fill="none" stroke-width="1.6" {style} points="{where}"/>')
        if legend:
            y = HEIGHT + 18 * number + 8
            parts.append(f'<line x1="{LEFT}" x2="{LEFT + 28}" y1="{y}" y2="{y}" stroke-width="2" {style}/>')
            parts.append(f'<text x="{LEFT + 36}" y="{y + 4}">{escape(line.label)}</text>')
    return "\n".join([*parts, "</svg>"])


def ticks(low: float, high: float, about: int = 7) -> list[float]:
    """Round numbers from at most ``low`` or just above it to about ``high``: at least two, steps of 1, 2 or 5."""
    if low == high:
        low, high = low - (abs(low) * 0.1 or 1.0), high + (abs(high) * 0.1 or 1.0)
    raw = (high - low) / about
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last <= first:
        first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A short name of a tick."""
    if abs(value) >= 1e4:
        for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= size:
                return f"{value / size:.4g}{letter}"
    return f"{value:.4g}" if abs(value) > 1e-12 else "0"


def thin(points: Sequence[tuple[float, float]], at_most: int = MAX_POINTS) -> list[tuple[float, float]]:
    """At most ``at_most`` points that keep the first, the last and, of each stretch, the lowest and the highest."""
    if len(points) <= at_most:
        return list(points)
    buckets = at_most // 2 - 1
    chosen = {0, len(points) - 1}
    for bucket in range(buckets):
        inside = range(len(points) * bucket // buckets, len(points) * (bucket + 1) // buckets)
        known = [index for index in inside if math.isfinite(points[index][1])]
        if known:
            chosen |= {min(known, key=lambda i: points[i][1]), max(known, key=lambda i: points[i][1])}
    return [points[index] for index in sorted(chosen)]


def pieces(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """``points`` cut where a value is not finite."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if math.isfinite(y) and math.isfinite(x):
            found[-1].append((x, y))
        elif found[-1]:
            found.append([])
    return [piece for piece in found if piece]
