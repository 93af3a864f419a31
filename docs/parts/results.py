"""Tables of articles, claims and benchmarks, from results files."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.parts.markdown import grid
from shoestring.papers import PAPERS
from shoestring.papers.claims import VERDICTS, Claim, read
from shoestring.papers.reproducing import figure

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "papers"
CLAIMS = PAGES / "results"
IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "sign-genuine": "A new signature beside the closest enrolled one, matched in time, and the answer with its bound.",
    "sign-forgery": "An imitation of the same person: what differs is marked.",
    "activations": "Three activations with their gradients, all of them below, and what a deep stack of them does.",
    "agents": "A game against what taught itself to play, with what its search weighed before its last move.",
    "runs": "Two presets with five seeds each: medians, intervals, and any budget as the axis.",
}
BOARDS = ROOT / "docs" / "measured"
BENCHMARKS = ROOT / "benchmarks" / "results"


def papers_table(here: str) -> Callable[[], str]:
    """The thirteen articles; ``here`` leads from the page to the folder of article pages."""

    def table() -> str:
        rows = []
        for paper in PAPERS:
            page = PAGES / f"{paper.slug}.md"
            title = f"[{paper.title}]({here}{paper.slug}.md)" if page.is_file() else paper.title
            rows.append((title, paper.scarce.replace("_", " "), paper.headline, "yes" if paper.built else "not yet"))
        return grid(("Article", "Scarce", "What is re-measured", "Built"), rows)

    return table


def screenshots() -> str:
    """The pictures that the browser tests took and that are there, the dark ones for readers who prefer dark."""
    shown = []
    for name, caption in PICTURES.items():
        light, dark = (f"{IMAGES.relative_to(ROOT)}/{name}-{scheme}.png" for scheme in ("light", "dark"))
        if (ROOT / light).is_file() and (ROOT / dark).is_file():
            source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
            shown.append(f'<picture>{source}<img src="{light}" alt="{caption}" width="800"></picture>\n\n*{caption}*\n')
    return "\n".join(shown)


def benchmark_tables() -> str:
    """Every committed comparison with other software, with the command, the seeds and the machine that made it."""
    return "".join(_benchmark(path) for path in sorted(BENCHMARKS.glob("*.json"))) or "None is committed yet.\n"


def boards_table() -> str:
    """Players of board games as ``shoestring evaluate --json`` measured them, one file a player."""
    rows, about = [], []
    for path in sorted(BOARDS.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        trained, exact = document["trained"], document["perfect_play"]
        name = f"`{trained['preset']}`, seed {trained['seed']}, {trained['env_steps']:,} moves"
        for entry in document["opponents"]:
            score = entry["score"]
            between = f"{figure(score['low'])} to {figure(score['high'])}"
            counts = (f"{entry[key]:,}" for key in ("games", "won", "drawn", "lost"))
            rows.append((name, entry["opponent"], *counts, figure(score["value"]), between))
        for side in ("first", "second") if exact else ():
            counts = (f"{exact[side][key]:,}" for key in ("won", "drawn", "lost"))
            rows.append((name, f"every reply, moving {side}", "all lines", *counts, "-", "exact"))
        games = document["opponents"][0]["games"]
        about.append(f"`shoestring train {trained['preset']} --seed {trained['seed']}`, then "
                     f"`shoestring evaluate RUN --episodes {games} --seed {document['seed']}`")  # fmt: skip
    headers = ("Player", "Against", "Games", "Won", "Drawn", "Lost", "Score", "95 % interval")
    note = "One trained player each: intervals are over its games and say nothing about other seeds."
    return f"{grid(headers, rows)}\nMeasured with {'; '.join(about)}. {note}\n"


def claims_table() -> str:
    """All claims that were measured in full."""
    rows = [
        (path.stem, *_claim(claim), claim.seeds, f"**{claim.verdict}**", f"`{claim.command}`")
        for path, document in claim_documents()
        for claim in read(document)
    ]
    headers = ("Article", "Claim", "Published", "Ours", "95 % interval", "Seeds", "Verdict", "Command")
    return grid(headers, rows) if rows else "No full measurement is committed yet.\n"


def claims_summary() -> str:
    """The first claim of each article that was measured in full, and how many of its claims hold."""
    rows = []
    for path, document in claim_documents():
        claims = read(document)
        verdicts = Counter(claim.verdict for claim in claims)
        counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in VERDICTS if verdicts[verdict])
        rows.append(
            (f"[{path.stem}](docs/papers/{path.stem}.md)", *_claim(claims[0]), f"**{claims[0].verdict}**", counts)
        )
    headers = ("Article", "First claim", "Published", "Ours", "95 % interval", "Verdict", "All its claims")
    return grid(headers, rows) if rows else "No full measurement is committed yet.\n"


def _claim(claim: Claim) -> tuple[str, str, str, str]:
    between = "-" if claim.low is None else f"{figure(claim.low)} to {figure(claim.high)}"
    return f"{claim.statement} ({claim.metric})", figure(claim.published), figure(claim.ours), between


def claim_documents() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Results files of full measurements."""
    for path in sorted(CLAIMS.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if not document.get("quick"):
            yield path, document


def _benchmark(path: Path) -> str:
    document = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        (r["name"], r["peer"], _measured(r, "ours"), _measured(r, "theirs"), _ratio(r), _measured(r, "limit"))
        for r in document.get("rows", [])
    ]
    about = [f"{key}: {_plain(value)}" for key, value in document.items() if key not in ("schema", "rows")]
    command = document.get("command") or f"python -m benchmarks.{path.stem} --json"
    table = grid(("What", "Peer", "Ours", "Theirs", "Times better (interval)", "Physical limit"), rows)
    return f"### {path.stem}\n\n{table}\nMeasured with `{command}`. {'; '.join(about)}\n\n"


def _measured(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return f"{figure(value)} {entry.get('unit', '')}" if isinstance(value, int | float) else str(value or "-")


def _ratio(entry: Mapping[str, Any]) -> str:
    ratio, low, high = (entry.get(key) for key in ("ratio", "low", "high"))
    if ratio is None:
        return "-"
    return figure(ratio) + (f" ({figure(low)} to {figure(high)})" if low is not None and high is not None else "")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items())
    return figure(value) if isinstance(value, float) else str(value)
