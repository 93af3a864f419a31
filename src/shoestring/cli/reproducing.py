"""``shoestring reproduce``."""

import time
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from shoestring.cli.arguments import runs_option
from shoestring.cli.output import Output, speaks, table
from shoestring.core.errors import NotFoundError
from shoestring.papers import PAPERS, find_paper
from shoestring.papers.reproducing import DOCS, Reproduction, figure, keep, reproduce


def complete_paper(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Articles that are built."""
    return [CompletionItem(paper.slug) for paper in PAPERS if paper.built and paper.slug.startswith(incomplete)]


@click.command("reproduce")
@click.argument("paper", shell_complete=complete_paper)
@click.option("--quick", is_flag=True, help="Sizes that end within minutes; the intervals are wider.")
@click.option("--docs", type=click.Path(path_type=Path, file_okay=False), help="Where results go.")
@runs_option
@speaks
def reproduce_command(out: Output, paper: str, quick: bool, docs: Path | None, runs: Path) -> None:
    """Measure the claims of PAPER again (or of all that are built), and say which of them hold here.

    The result goes to docs/papers when that folder is here, or into --docs: results/SLUG.json and the claim table of
    SLUG.md. A quick result goes to results/SLUG.quick.json and touches no page.
    """
    chosen = [known for known in PAPERS if known.built] if paper == "all" else [find_paper(paper)]
    if not chosen:
        raise NotFoundError("no article is built yet")
    place = docs or (DOCS if DOCS.is_dir() else None)
    results = []
    for known in chosen:
        out.narrate(f"measuring the claims of {known.slug}: {known.title}")
        began = time.monotonic()
        result = reproduce(known, quick=quick, root=runs)
        out.narrate(f"{known.slug}: measured in {time.monotonic() - began:.0f} s")
        if place is not None:
            out.narrate(f"{known.slug}: kept in {', '.join(str(path) for path in keep(result, place))}")
        results.append(result)
    documents = [result.document() for result in results]
    text = "\n\n".join(claim_table(result) for result in results)
    if paper == "all":
        out.result("shoestring.reproductions/1", {"papers": documents}, text)
    else:
        out.result(documents[0].pop("schema"), documents[0], text)


def claim_table(result: Reproduction) -> str:
    """Claimed, ours with interval, verdict."""
    rows = [
        [claim.id, figure(claim.published), figure(claim.ours),
         "" if claim.low is None or claim.high is None else f"[{figure(claim.low)}, {figure(claim.high)}]",
         claim.verdict, claim.why]
        for claim in result.claims
    ]  # fmt: skip
    return table([result.paper.slug, "published", "ours", "", "verdict", ""], rows)
