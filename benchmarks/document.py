"""The result of a benchmark: kept, printed for programs, printed for people."""

import json
import os
import platform
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
Row = dict[str, Any]


def arguments(text: str | None) -> ArgumentParser:
    """The options that every benchmark has."""
    parser = ArgumentParser(description=(text or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing is kept")
    parser.add_argument("--json", action="store_true", help="print the document instead of lines")
    return parser


def publish(area: str, rows: list[Row], options: Namespace, *, clock: str, **more: Any) -> None:
    """Write ``results/AREA.json`` unless ``--quick``, and print the document or one line a row."""
    machine = {
        "cpus": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version(),
        "numpy": np.__version__, "clock": clock, "load": os.getloadavg()[0],
    }  # fmt: skip
    document = {"schema": "shoestring.bench/1", "rows": rows, **more, "machine": machine}
    text = json.dumps(document, indent=2) + "\n"
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{area}.json").write_text(text, encoding="utf-8")
    if options.json:
        print(text, end="")
        return
    for row in rows:
        print(f"{row['name']}: {row['ours']:.3g} {row['unit']}, {row['peer']} {row['theirs']:.3g}, "
              f"ratio {row['ratio']:.3g} [{row['low']:.3g}, {row['high']:.3g}]")  # fmt: skip
