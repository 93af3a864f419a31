"""Write what the documentation takes from the code and from results files: ``python -m docs.generate [--check]``.

It fills what stands between the lines ``<!-- generated:NAME -->`` and ``<!-- /generated:NAME -->`` of the pages in
``PARTS``, and the claim tables of the articles from ``papers/results/SLUG.json``. A test compares the committed pages
with what this script makes of the code and the results that are there.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.parts.commands import cli_commands
from docs.parts.names import python_names
from docs.parts.recipes import presets_table, recipe_keys
from docs.parts.results import (
    ROOT,
    benchmark_tables,
    boards_table,
    claim_documents,
    claims_summary,
    claims_table,
    papers_table,
    screenshots,
)
from docs.parts.routes import rest_routes
from shoestring.papers import PAPERS
from shoestring.papers.claims import read
from shoestring.papers.reproducing import insert_table

PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "README.md": {
        "screenshots": screenshots,
        "papers": papers_table("docs/papers/"),
        "results": claims_summary,
    },
    "docs/index.md": {"papers": papers_table("papers/")},
    "docs/papers/index.md": {"papers": papers_table("")},
    "docs/howto/train-an-agent.md": {"boards": boards_table},
    "docs/tutorials/train-your-own.md": {"presets": presets_table},
    "docs/reference/cli.md": {"cli": cli_commands},
    "docs/reference/config.md": {"presets": presets_table, "config": recipe_keys},
    "docs/reference/python.md": {"python": python_names},
    "docs/reference/rest.md": {"rest": rest_routes},
    "docs/results.md": {"claims": claims_table, "benchmarks": benchmark_tables},
}


def fill(text: str, name: str, content: str, source: str = "page") -> str:
    """``text`` with ``content`` between the markers of ``name``. Raises ValueError where they are not there once."""
    begin, end = f"<!-- generated:{name} -->\n", f"<!-- /generated:{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{source}: needs {begin.strip()} and {end} once each")
    before, rest = text.split(begin)
    return before + begin + "\n" + content.strip() + "\n\n" + end + rest.split(end)[1]


def generated() -> dict[Path, str]:
    """Every file that this script writes, with its content."""
    files = {}
    for name, parts in PARTS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for part, content in parts.items():
            text = fill(text, part, content(), name)
        files[ROOT / name] = text
    measured = {path.stem: read(document) for path, document in claim_documents()}
    for slug in [paper.slug for paper in PAPERS]:
        page = ROOT / "docs" / "papers" / f"{slug}.md"
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            files[page] = insert_table(text, slug, measured.get(slug, []), str(page))
    return files


def main() -> int:
    """Write what differs, or with ``--check`` only name it; 1 when something did."""
    stale = [(p, text) for p, text in generated().items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
    for path, text in stale:
        sys.stderr.write(f"{path.relative_to(ROOT)}\n")
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
