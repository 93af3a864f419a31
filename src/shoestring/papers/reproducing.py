"""Re-measuring the claims of an article, keeping the result, and writing the table into the article's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.files import atomic_write, write_json
from shoestring.core.folder import read_json_object
from shoestring.papers import PAPERS, Paper
from shoestring.papers.claims import Claim, document, read

DOCS = Path("docs/papers")
"""In the working directory of somebody who has the sources; results go to ``DOCS/results/<slug>.json``."""


@dataclass(frozen=True)
class Reproduction:
    """The claims of one article as measured now."""

    paper: Paper
    claims: tuple[Claim, ...]
    quick: bool

    def document(self) -> dict[str, Any]:
        """``shoestring.claims/1``."""
        return document(self.paper.slug, self.claims, quick=self.quick)


def reproduce(paper: Paper, *, quick: bool = False, root: Path) -> Reproduction:
    """Measure every claim of ``paper``; its runs are made under ``root``. ``quick`` takes sizes that end in minutes.

    Raises:
        NotFoundError: nothing measures the article yet.
    """
    return Reproduction(paper, tuple(_module(paper).measure(quick=quick, root=root)), quick)


def keep(result: Reproduction, docs: Path = DOCS) -> list[Path]:
    """Write the results file, and the table into the article's page where there is one; the files are returned.

    A quick result never replaces that of a full measurement: it goes to ``<slug>.quick.json`` and no page.

    Raises:
        BadDataError: the page has no marker for the table.
    """
    slug = result.paper.slug
    path = docs / "results" / f"{slug}{'.quick' if result.quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, result.document())
    page = docs / f"{slug}.md"
    if result.quick or not page.is_file():
        return [path]
    atomic_write(page, insert_table(page.read_text(encoding="utf-8"), slug, result.claims, str(page)))
    return [path, page]


def stored(paper: Paper, docs: Path = DOCS) -> dict[str, Any] | None:
    """The newest full result of ``paper``, else its quick one, else None. Raises BadDataError."""
    for name in (f"{paper.slug}.json", f"{paper.slug}.quick.json"):
        if (docs / "results" / name).is_file():
            value = read_json_object(docs / "results" / name)
            return document(paper.slug, read(value), quick=bool(value.get("quick")))
    return None


def insert_table(text: str, slug: str, claims: Sequence[Claim], source: str = "page") -> str:
    """``text`` with the table between ``<!-- claims:slug -->`` and ``<!-- /claims:slug -->``.

    Without claims the page says that they were not measured yet. Where the closing marker is missing it is added.
    Raises BadDataError when the opening one is missing.
    """
    begin, end = f"<!-- claims:{slug} -->", f"<!-- /claims:{slug} -->"
    if text.count(begin) != 1:
        raise BadDataError(f"{source}: needs the line {begin} once, where the claim table belongs")
    before, after = text.split(begin)
    if end in after:
        after = after.split(end, 1)[1]
    missing = f"**Not measured in full yet.** `shoestring reproduce {slug}` measures the claims and fills this table."
    return f"{before}{begin}\n{markdown(claims) if claims else missing}\n{end}{after}"


def markdown(claims: Sequence[Claim]) -> str:
    """The claim table of an article's page."""
    rows = ["| Claim | Source | Published | Ours | 95 % interval | Seeds | Verdict |", "|---|---|---|---|---|---|---|"]
    for claim in claims:
        cells = (
            f"{claim.statement} ({claim.metric})", claim.source, figure(claim.published), figure(claim.ours),
            "-" if claim.low is None or claim.high is None else f"{figure(claim.low)} to {figure(claim.high)}",
            str(claim.seeds), f"**{claim.verdict}**: {claim.why}",
        )  # fmt: skip
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    commands = sorted({claim.command for claim in claims})
    return "\n".join(rows) + "\n\nMeasured with " + ", ".join(f"`{command}`" for command in commands) + "."


def figure(value: float | None) -> str:
    """A measured or published number for a table."""
    return "-" if value is None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _module(paper: Paper) -> ModuleType:
    # By what is there and not by ``paper.built``, which says that it was measured: that takes measuring it first.
    name = f"shoestring.papers.{paper.slug.replace('-', '_')}"
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
    built = ", ".join(other.slug for other in PAPERS if other.built) or "none"
    raise NotFoundError(f"the article {paper.slug!r} is not built yet; built: {built}")
