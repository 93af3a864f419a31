"""``shoestring bandwidth``: what a step costs on a link, and whether compression pays."""

from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import find_run, run_argument, runs_option
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.errors import ConfigError
from shoestring.recipes.bandwidth import measurement, qualities


@click.command("bandwidth")
@click.argument("action", type=click.Choice(["measure", "report"]))
@run_argument
@click.option("--procs", type=click.IntRange(2, 8), default=2, show_default=True, help="Workers that measure.")
@click.option("--steps", type=click.IntRange(4, 200), default=12, show_default=True, help="Steps of each method.")
@click.option("--mbit", default="10,100,1000", show_default=True, help="Speeds of the links that are made, in Mbit/s.")
@click.option("--tunnel/--no-tunnel", default=None, help="Make real links; by default where root and Linux allow it.")
@click.option("--metric", default="", help="Metric to show at equal steps and equal time.  [default: the first result]")
@runs_option
@speaks
def bandwidth_command(
    out: Output,
    *,
    action: str,
    run: str,
    procs: int,
    steps: int,
    mbit: str,
    tunnel: bool | None,
    metric: str,
    runs: Path,
) -> None:
    """Measure the steps of RUN with each compressor on links of set speeds, or report what was measured.

    Nothing of RUN is changed: its recipe is started anew for a few steps. Accuracy comes from finished runs beside it
    that differ in compression only.

    \b
      shoestring bandwidth measure latest --procs 2
      shoestring bandwidth report latest --json
    """
    folder = find_run(runs, run)
    if action == "measure":
        from shoestring.recipes import measuring

        measuring.measure(folder, workers=procs, steps=steps, mbits=_speeds(mbit), use_tunnel=tunnel, say=out.narrate)
    document = measurement(folder)
    chosen = metric or next(iter(folder.summary().get("metrics", {})), "loss")
    found = qualities(folder, document, chosen)
    out.result(
        document.pop("schema"), {**document, "metric": chosen, "qualities": found}, text(document, found, chosen)
    )


def text(document: dict[str, Any], found: list[dict[str, Any]], metric: str) -> str:
    """The report for people."""
    links = sorted({float(speed) for method in document["methods"] for speed in method["measured"]})
    heads = ["method", "bytes a step", "on the wire", "cosine", "error", "best", "compute", "encode", "send", "decode"]
    heads += [f"{speed:g} Mbit/s" for speed in links] + ["verdict"]
    rows = []
    for method in document["methods"]:
        rank = method["name"].removeprefix("rank ")
        best = (method.get("optimal_error") or {}).get(rank)
        measured = [method["measured"].get(f"{speed:g}") for speed in links]
        wire = next((one["wire"] for one in measured if one and one["wire"]), method["wire"])
        rows.append(
            [
                method["name"],
                f"{round(method['predicted_sent']):,}",
                f"{round(wire):,}" if wire else "-",
                number(method["cosine"]),
                number(method["relative_error"]),
                number(best),
                *(f"{method[key]:.1f} ms" for key in ("compute_ms", "encode_ms", "send_ms", "decode_ms")),
                *(f"{one['step_ms']:.0f} ms" if one else "-" for one in measured),
                method["verdict"],
            ]  # fmt: skip
        )
    lines = [f"{document['run']}, {document['workers']} workers", "", table(heads, rows)]
    if not document["tunnel"]:
        lines += [
            "",
            f"Step times on links are predicted, not measured: {document['why_no_tunnel'] or 'not asked for'}.",
        ]
    if found:
        cells = [
            [one["method"], one["run"], one["steps"], number(one["value"]),
             *(number(one["at_equal_time"].get(speed)) for speed in ("10", "100", "1000"))]
            for one in found
        ]  # fmt: skip
        heads = ["method", "run", "steps", metric, "equal time at 10", "at 100", "at 1000 Mbit/s"]
        lines += ["", table(heads, cells)]
    return "\n".join(lines)


def _speeds(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"--mbit {text}: numbers with commas between them") from error
    if not found or not all(0.1 <= one <= 100_000 for one in found):
        raise ConfigError(f"--mbit {text}: speeds of 0.1 to 100,000 Mbit/s")
    return found
